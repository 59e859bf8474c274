#include "backtest/optimize_documents.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/test_schema.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;
using testing::Schema;

const Policy kTight{FixedStop{0.1, {}}};
const Policy kLoose{FixedStop{0.2, 1.0}};
const SearchSpace kSpace = unite({{"x", {kTight, kLoose}}});
const CallCounts kCounts = {
    .selected = 3,
    .duplicates = 0,
    .eligible = 2,
    .excluded = 1,
    .exclusions = {{"bad_data", 0}, {"gap", 1}, {"missing_range", 0}, {"too_new", 0}},
    .without_entry = 0,
    .truncated = 0,
    .bars = 40,
    .bad_bars = 0};
const SummaryHead kHead = {.run_id = "r1", .run_type = "grid_search", .data_fingerprint = "00"};

OptimizeOptions options() {
    OptimizeOptions options;
    options.input.calls = "calls.csv";
    options.input.candles = "candles/*.parquet";
    options.spaces = {{"x", {kTight, kLoose}}};
    return options;
}

std::vector<Trial> trials(double net) {
    const std::vector<TradeOutcome> outcomes = {{.net_bps = net, .has_trade = true}};
    const std::vector<std::size_t> calls = {0};
    return {try_policy(outcomes, calls, Constraints{}), try_policy({}, {}, Constraints{})};
}

std::string summary(std::span<const Trial> trials, const std::vector<SearchResult>* callers) {
    const SearchResult result = find_best(trials, kSpace);
    return summary_json(OptimizeSummary{.head = kHead,
                                        .counts = kCounts,
                                        .searched = kCounts,
                                        .space = kSpace,
                                        .trials = trials,
                                        .result = result,
                                        .orders = OrderCounts{.entries_rejected = 3},
                                        .callers = callers});
}

TEST(OptimizeDocuments, ConfigurationsFollowTheirSchema) {
    const Schema schema("optimize_config.json");
    OptimizeOptions each = options();
    EXPECT_EQ(schema.check(json::parse(config_json(each))), "");
    EXPECT_EQ(schema.check(json::parse(config_json(each, "ann"))), "");
    each.search = SearchKind::kRandom;
    each.trials = 1;
    each.by_caller = true;
    each.input.interval = parse_interval("1d").value();
    EXPECT_EQ(schema.check(json::parse(config_json(each))), "");
    EXPECT_NE(schema.check(json::parse(R"({"search":{"kind":"grid"}})")), "");
}

TEST(OptimizeDocuments, ASpaceIsToldByWhatItHolds) {
    const auto digest = [](const OptimizeOptions& options) {
        return json::parse(config_json(options))["spaces"][0]["sha256"].get<std::string>();
    };
    OptimizeOptions other = options();
    EXPECT_EQ(digest(other), digest(options()));
    other.spaces[0].policies.pop_back();
    EXPECT_NE(digest(other), digest(options()));
}

TEST(OptimizeDocuments, SummariesFollowTheirSchema) {
    const Schema schema("optimize_summary.json");
    const auto found = trials(5);
    EXPECT_EQ(schema.check(json::parse(summary(found, nullptr))), "");
    SearchResult ann = find_best(found, kSpace);
    ann.caller = "ann";
    SearchResult bob = find_best(std::span(found).subspan(1), unite({{"x", {kLoose}}}));
    bob.caller = "bob";
    const std::vector<SearchResult> callers = {ann, bob};
    EXPECT_EQ(schema.check(json::parse(summary(found, &callers))), "");
    EXPECT_NE(schema.check(json::parse("{}")), "");
}

TEST(OptimizeDocuments, ASummaryTellsWhatWasChosenAndWhatRulesTrialsOut) {
    const json document = json::parse(summary(trials(5), nullptr));
    EXPECT_EQ(document["chosen"]["policy_id"], "fixed_stop_0.1_none");
    EXPECT_EQ(document["chosen"]["score"], 5);
    EXPECT_EQ(document["feasible"], 1);
    EXPECT_EQ(document["violations"]["no_trades"], 1);
    EXPECT_EQ(document["callers"], nullptr);
    EXPECT_EQ(document["orders"]["entries_rejected"], 3);
    EXPECT_TRUE(document["overfitting"]["formulas"]["pbo"].is_string());
}

TEST(OptimizeDocuments, ATrialsMetricsHaveItsScore) {
    EXPECT_EQ(json::parse(trial_metrics_json(trials(5)[0], kCounts))["score"], 5);
    EXPECT_EQ(json::parse(trial_metrics_json(trials(5)[1], kCounts))["score"], nullptr);
}

TEST(OptimizeDocuments, AFrontiersRowsAreOfEveryResult) {
    const auto found = trials(5);
    const SearchResult result = find_best(found, kSpace);
    const SearchResult* const twice[] = {&result, &result};
    EXPECT_EQ(frontier_table("r1", kSpace, twice).rows(), 2u);
}

}  // namespace
}  // namespace daybook::backtest
