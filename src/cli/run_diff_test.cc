#include "cli/run_diff.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

using Differences = std::vector<FieldDifference>;

TEST(CompareDocuments, LeavesAreComparedByPointerInOrder) {
    const PartDifference found = compare_documents(
        "configuration", R"({"stop":0.05,"fees":{"taker":30,"a/b":1},"list":[1,2],"same":"x"})",
        R"({"stop":0.1,"fees":{"taker":30},"list":[1,3,4],"same":"x","new":null})");
    EXPECT_EQ(found.part, "configuration");
    EXPECT_EQ(found.fields, 8U);
    ASSERT_EQ(found.differences.size(), 5U);
    EXPECT_EQ(found.differences[0].field, "/stop");
    EXPECT_EQ(found.differences[0].a, "0.05");
    EXPECT_EQ(found.differences[0].b, "0.1");
    EXPECT_DOUBLE_EQ(*found.differences[0].change, 0.05);
    EXPECT_DOUBLE_EQ(*found.differences[0].percent, 100);
    EXPECT_EQ(found.differences[1], (FieldDifference{.field = "/fees/a~1b", .a = "1"}));
    EXPECT_EQ(found.differences[2].field, "/list/1");
    EXPECT_EQ(found.differences[3], (FieldDifference{.field = "/list/2", .b = "4"}));
    EXPECT_EQ(found.differences[4], (FieldDifference{.field = "/new", .b = "null"}));
}

TEST(CompareDocuments, NumbersAreEqualByValueAndOtherTypesAreNot) {
    EXPECT_EQ(compare_documents("p", R"({"a":1})", R"({"a":1.0})").differences, Differences{});
    const PartDifference found = compare_documents("p", R"({"a":1})", R"({"a":"1"})");
    EXPECT_EQ(found.differences, (Differences{{.field = "/a", .a = "1", .b = "\"1\""}}));
}

TEST(CompareDocuments, OfZeroAndOfNegativesPercentMeanWhatTheySay) {
    const auto one = [](const char* a, const char* b) {
        return compare_documents("p", a, b).differences.at(0);
    };
    EXPECT_EQ(one(R"({"a":0})", R"({"a":2})").percent, std::nullopt);
    EXPECT_EQ(one(R"({"a":0})", R"({"a":2})").change, 2);
    EXPECT_EQ(one(R"({"a":-2})", R"({"a":-1})").percent, 50);
}

TEST(CompareDocuments, EmptyOnesAndWhatIsNoObjectHaveNoFields) {
    for (const char* text : {"", "{}", "[1]", "nonsense", "null"}) {
        EXPECT_EQ(compare_documents("p", text, "{}"), (PartDifference{.part = "p"})) << text;
    }
    EXPECT_EQ(compare_documents("p", R"({"a":{}})", R"({"a":[]})").differences.size(), 1U);
}

TEST(SummariseDiff, CountsFilesAndLines) {
    EXPECT_EQ(
        summarise_diff("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d\n"
                       "diff --git a/y b/y\nGIT binary patch\n+literal\n"),
        "2 files, +2 -1");
    EXPECT_EQ(summarise_diff("diff --git a/x b/x\n@@ -1 +1 @@\n-a"), "1 file, +0 -1");
    EXPECT_EQ(summarise_diff(""), "0 files, +0 -0");
}

}  // namespace
}  // namespace daybook::cli
