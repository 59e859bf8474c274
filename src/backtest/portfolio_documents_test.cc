#include "backtest/portfolio_documents.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/documents.h"
#include "backtest/test_schema.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;
using testing::Schema;

PortfolioOptions options() {
    PortfolioOptions options;
    options.policy.input.calls = "calls.csv";
    options.policy.input.candles = "candles.parquet";
    options.policy.policy = parse_policy(R"({"kind":"fixed_stop","stopPct":0.2})").value();
    return options;
}

// What the portfolio adds is described by itself; without it the rest must be a policy run's.
json without(json document, const json& added) {
    for (const auto& [key, value] : added.items()) document.erase(key);
    return document;
}

TEST(PortfolioDocuments, TheConfigurationIsAPolicyRunsAndMore) {
    PortfolioOptions with_risk = options();
    with_risk.risk = 0.01;
    const json added = {{"initial_capital", 0},
                        {"max_positions", 0},
                        {"fraction", 0},
                        {"risk", 0},
                        {"periods_per_year", 0}};
    for (const PortfolioOptions& some : {options(), with_risk}) {
        const json document = json::parse(config_json(some));
        EXPECT_EQ(Schema("backtest_config.json").check(document), "");
        EXPECT_EQ(without(document, added), json::parse(config_json(some.policy)));
        json wrong = document;
        wrong["fraction"] = 2;
        EXPECT_NE(Schema("backtest_config.json").check(wrong), "");
    }
}

TEST(PortfolioDocuments, RatiosAreScaledToTheCalendar) {
    PortfolioOptions some = options();
    EXPECT_EQ(periods_per_year(some), 365);
    some.policy.input.calendar = CalendarKind::kObserved;
    EXPECT_EQ(periods_per_year(some), 252);
    some.periods_per_year = 260;
    EXPECT_EQ(periods_per_year(some), 260);
}

TEST(PortfolioDocuments, TheSummaryIsAPolicyRunsAndTheFigures) {
    const SummaryHead head = {.run_id = "r1", .run_type = "portfolio", .data_fingerprint = "00"};
    CallCounts counts;
    counts.exclusions = {{"bad_data", 0}, {"gap", 0}, {"missing_range", 0}, {"too_new", 0}};
    const std::string base = summary_json(head, counts, "p", TradeAggregates{}, {});
    PortfolioFigures figures{.final_equity = 90, .total_return = -0.1, .max_drawdown = 0.2};
    const json added = {{"calls_skipped", 0}, {"initial_capital", 0},
                        {"final_equity", 0},  {"total_return", 0},
                        {"max_drawdown", 0},  {"cagr", 0},
                        {"sharpe", 0},        {"sortino", 0},
                        {"exposure", 0},      {"turnover", 0},
                        {"days", 0},          {"day_returns", 0}};
    const Schema schema("backtest_summary.json");
    const json bare = json::parse(with_figures(base, figures, count_skips({}), 100));
    EXPECT_EQ(schema.check(bare), "");
    EXPECT_EQ(without(bare, added), json::parse(base));
    EXPECT_EQ(bare["cagr"], nullptr);
    figures.cagr = 0.5;
    figures.sharpe = 1.5;
    figures.sortino = 2.5;
    json full = json::parse(with_figures(base, figures, count_skips({}), 100));
    EXPECT_EQ(schema.check(full), "");
    EXPECT_EQ(full["sharpe"], 1.5);
    full["max_drawdown"] = 2;
    EXPECT_NE(schema.check(full), "");
}

TEST(PortfolioDocuments, SkipsAreCountedByReason) {
    Simulation simulation;
    simulation.positions.resize(4);
    simulation.positions[1].skipped = Skip::kNoCapital;
    simulation.positions[2].skipped = Skip::kMaxPositions;
    simulation.positions[3].skipped = Skip::kNoCapital;
    const std::string summary = simulate_summary(simulation);
    EXPECT_EQ(summary, R"({"candidates":4,"positions":1,)"
                       R"("skipped":{"costs":0,"max_positions":1,"no_capital":2},"marks":0})");
    EXPECT_EQ(Schema("backtest_output_summary.json", "simulate").check(json::parse(summary)), "");
}

}  // namespace
}  // namespace daybook::backtest
