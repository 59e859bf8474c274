#include "legacy/refused_rows.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

InvalidRow row(const char* table, const char* key, const char* reason = "why") {
    return {.origin = {.table = table, .key = key}, .event = "run.created", .reason = reason};
}

TEST(RefusedRows, ARowThatSeveralRulesMeetCountsOnce) {
    RefusedRows refused;
    for (const std::size_t line : {3U, 9U, 14U}) {
        refused.add(row("t", "[\"a\"]"), line, 1);
        refused.add(row("t", "[null]"), line, 2);
        refused.add(row("t", "[null]"), line, 1);
    }
    refused.add(row("u", "[\"a\"]", "other"), 20, 1);
    EXPECT_EQ(refused.count(), 5U) << "one, three of no key, and one of another table";
    EXPECT_EQ(refused.listed().size(), 3U);
    EXPECT_EQ(refused.tables().at("t").rows, 4U);
    EXPECT_EQ(refused.tables().at("t").first.origin.key, "[\"a\"]");
    EXPECT_EQ(refused.tables().at("u").first.reason, "other");
}

TEST(RefusedRows, TheExampleOfATableDoesNotDependOnTheOrder) {
    for (const bool turned : {false, true}) {
        RefusedRows refused;
        refused.add(row("t", turned ? "[\"b\"]" : "[\"a\"]"), 1, 1);
        refused.add(row("t", turned ? "[\"a\"]" : "[\"b\"]"), 1, 1);
        EXPECT_EQ(refused.tables().at("t").first.origin.key, "[\"a\"]");
    }
}

TEST(RefusedRows, OfManyTheFirstAreListedAndAllCounted) {
    RefusedRows refused;
    for (int i = 0; i < 250; ++i) {
        refused.add(row("t", ("[" + std::to_string(i) + "]").c_str()), 1, 1);
        refused.add(row("t", ("[" + std::to_string(i) + "]").c_str()), 2, 1);
    }
    EXPECT_EQ(refused.count(), 250U);
    EXPECT_EQ(refused.listed().size(), kListedRowsMax);
}

}  // namespace
}  // namespace daybook::legacy
