#include "backtest/documents.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/test_schema.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;
using testing::Schema;

PolicyOptions policy_options(const std::string& policy) {
    PolicyOptions options;
    options.input.calls = "calls.csv";
    options.input.candles = "candles/*.parquet";
    options.policy = parse_policy(policy).value();
    return options;
}

const CallCounts kCounts = {
    .selected = 3,
    .duplicates = 1,
    .eligible = 2,
    .excluded = 1,
    .exclusions = {{"bad_data", 0}, {"gap", 1}, {"missing_range", 0}, {"too_new", 0}},
    .without_entry = 0,
    .truncated = 1,
    .bars = 40,
    .bad_bars = 0};
const SummaryHead kHead = {.run_id = "r1", .run_type = "policy", .data_fingerprint = "00"};

TEST(Documents, ConfigurationsFollowTheirSchema) {
    const Schema schema("backtest_config.json");
    EXPECT_EQ(schema.check(json::parse(config_json(PathOnlyOptions{}))), "");
    for (const char* policy :
         {R"({"kind":"fixed_stop","stopPct":0.2,"takeProfitPct":1})",
          R"({"kind":"time_stop","maxHoldMs":5})",
          R"({"kind":"trailing_stop","activationPct":0.2,"trailPct":0.1,"hardStopPct":0.2})",
          R"({"kind":"ladder","levels":[{"multiple":2,"fraction":0.5}],"stopPct":0.2})",
          R"({"kind":"combo","policies":[{"kind":"combo","policies":[
              {"kind":"fixed_stop","stopPct":0.2}]}]})"}) {
        PolicyOptions options = policy_options(policy);
        EXPECT_EQ(schema.check(json::parse(config_json(options))), "");
        options.input.symbol = "SPX";
        options.input.from = parse_day("2008-01-01");
        options.input.entry_delay = Span::ms(5);
        EXPECT_EQ(schema.check(json::parse(config_json(options))), "");
    }
}

TEST(Documents, PolicySchemaAndParserRefuseTheSame) {
    const Schema schema("policy.json", "policy");
    for (const char* policy : {R"({"kind":"fixed_stop"})", R"({"kind":"fixed_stop","stopPct":0})",
                               R"({"kind":"time_stop","maxHoldMs":1.5})",
                               R"({"kind":"ladder","levels":[{"multiple":1,"fraction":1}]})",
                               R"({"kind":"fixed_stop","stopPct":0.1,"x":1})", R"({"kind":"y"})"}) {
        EXPECT_NE(schema.check(json::parse(policy)), "") << policy;
        EXPECT_FALSE(parse_policy(policy).has_value()) << policy;
    }
}

TEST(Documents, OutputSummariesFollowTheirSchema) {
    const Inputs inputs{.calls = {},
                        .calendar = MarketCalendar::always(kIntervals[2]),
                        .windows = {},
                        .candles = {},
                        .fingerprint = {}};
    const std::vector<artifact::Stored> stored = {{.type = "trades",
                                                   .path = "p",
                                                   .format = "parquet",
                                                   .rows = 2,
                                                   .size_bytes = 9,
                                                   .sha256 = ""}};
    const std::pair<const char*, std::string> phases[] = {
        {"plan", plan_summary(inputs, 12)}, {"coverage", coverage_summary(kCounts)},
        {"slice", stored_summary(stored)},  {"load", load_summary(1, 40)},
        {"compute", compute_summary(2)},    {"execute", execute_summary(2, 30)},
        {"store", stored_summary(stored)},  {"aggregate", metrics_json({}, kCounts)}};
    for (const auto& [phase, summary] : phases) {
        const Schema schema("backtest_output_summary.json", phase);
        EXPECT_EQ(schema.check(json::parse(summary)), "") << phase << ": " << summary;
        json more = json::parse(summary);
        more["surprise"] = 1;
        EXPECT_NE(schema.check(more), "") << phase;
    }
}

TEST(Documents, SummariesFollowTheirSchema) {
    const Schema schema("backtest_summary.json");
    EXPECT_EQ(schema.check(json::parse(summary_json(kHead, kCounts, PathAggregates{}))), "");
    TradeAggregates aggregates;
    aggregates.trades = 2;
    aggregates.mean_return_bps = -1.5;
    EXPECT_EQ(schema.check(
                  json::parse(summary_json(kHead, kCounts, "p", aggregates, {{"stop_loss", 2}}))),
              "");
    json other = json::parse(summary_json(kHead, kCounts, PathAggregates{}));
    other["hit_2x_rate"] = "often";
    EXPECT_NE(schema.check(other), "");
    other.erase("hit_2x_rate");
    EXPECT_NE(schema.check(other), "");
}

TEST(Documents, ARunWithoutEligibleCallsSaysSo) {
    const json none = json::parse(summary_json(kHead, CallCounts{}, PathAggregates{}));
    EXPECT_EQ(none["note"], "no eligible call");
    const json some = json::parse(summary_json(kHead, kCounts, PathAggregates{}));
    EXPECT_EQ(some["note"], nullptr);
}

TEST(Documents, ConfigurationsAreComparedByMeaning) {
    EXPECT_TRUE(
        check_same_config(R"({"a":1,"b":{"c":2}})", R"({"b":{"c":2.0},"a":1})").has_value());
    EXPECT_EQ(
        check_same_config(R"({"a":1,"b":{"c":2}})", R"({"a":1,"b":{"c":3}})").error().message(),
        "config /b/c: found 3, the run was made with 2");
    EXPECT_EQ(check_same_config(R"({"a":1})", "{}").error().message(),
              "config /a: found nothing, the run was made with 1");
    EXPECT_EQ(check_same_config("torn", "{}").error().code(), ErrorCode::kCorrupt);
}

TEST(Documents, ArtifactPathsAreNamedByTheirType) {
    EXPECT_EQ(artifact_paths_json({{.type = "trades",
                                    .path = "a/t.parquet",
                                    .format = "",
                                    .rows = 0,
                                    .size_bytes = 0,
                                    .sha256 = ""},
                                   {.type = "paths",
                                    .path = "a/p.parquet",
                                    .format = "",
                                    .rows = 0,
                                    .size_bytes = 0,
                                    .sha256 = ""}}),
              R"({"trades":"a/t.parquet","paths":"a/p.parquet"})");
    EXPECT_EQ(artifact_paths_json({}), "{}");
}

}  // namespace
}  // namespace daybook::backtest
