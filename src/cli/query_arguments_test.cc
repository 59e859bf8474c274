#include "cli/query_arguments.h"

#include <gtest/gtest.h>

#include "query/fresh.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::cli {
namespace {

class QueryArgumentsTest : public ::testing::Test {
protected:
    QueryArgumentsTest() { ledger_.created("run-1", 1'000); }

    // The bound values, as SQL shows them; the error's message if there is one.
    std::string bound(const std::map<std::string, std::string>& given) {
        const auto query = testing::value_of(query::parse_named_query(
            "all", "all.sql",
            "-- parameter t text: a\n-- parameter i integer = 7: b\n-- parameter x number: c\n"
            "-- parameter b boolean: d\n-- parameter at time: e\n-- parameter d duration: f\n"
            "-- parameter r run required: g\nSELECT $t, $i, $x, $b, $at, $d, $r"));
        const auto arguments =
            QueryArguments::read(query, given, TimestampMs(1'000'000), fresh().session);
        if (!arguments) return arguments.error().message();
        duck::Rows rows =
            testing::value_of(fresh().session.query(query.sql, arguments->parameters()));
        EXPECT_TRUE(testing::value_of(rows.next()));
        std::string text;
        for (std::size_t i = 0; i < rows.column_count(); ++i) text += rows.text(i) + " ";
        return text;
    }
    query::FreshSession& fresh() {
        if (!fresh_) {
            fresh_ = std::make_unique<query::FreshSession>(
                testing::value_of(query::open_fresh(ledger_.root())));
        }
        return *fresh_;
    }

    testing::LedgerLines ledger_;
    std::unique_ptr<query::FreshSession> fresh_;
};

TEST_F(QueryArgumentsTest, EveryTypeIsBound) {
    EXPECT_EQ(bound({{"t", "it's; DROP"},
                     {"i", "-3"},
                     {"x", "0.5"},
                     {"b", "true"},
                     {"at", "10m"},
                     {"d", "5m"},
                     {"r", "run"}}),
              "it's; DROP -3 0.5 true 400000 300000 run-1 ");
    EXPECT_EQ(bound({{"r", "@latest"}}), "NULL 7 NULL NULL NULL NULL run-1 ");
}

TEST_F(QueryArgumentsTest, WhatDoesNotFitIsToldWithItsName) {
    EXPECT_EQ(bound({}), "all: --r is required: g");
    for (const auto& [name, value, message] :
         {std::tuple("i", "1.5", "all: --i: found '1.5', expected a whole number"),
          {"x", "much", "all: --x: found 'much', expected a number"},
          {"b", "yes", "all: --b: found 'yes', expected true or false"},
          {"d", "5",
           "all: --d: '5' is no duration: expected one such as 500ms, 30s, 1h30m or 7d"}}) {
        EXPECT_EQ(bound({{"r", "run-1"}, {name, value}}), message);
    }
    EXPECT_TRUE(bound({{"r", "nobody"}}).starts_with("all: --r: find run \"nobody\": no run has"));
    EXPECT_TRUE(
        bound({{"r", "run-1"}, {"at", "soon"}}).starts_with("all: --at: 'soon' is no time"));
}

}  // namespace
}  // namespace daybook::cli
