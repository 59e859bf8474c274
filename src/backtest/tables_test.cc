#include "backtest/tables.h"

#include <string>

#include <gtest/gtest.h>

#include "duck/database.h"

namespace daybook::backtest {
namespace {

// Two calls, of which the first takes part.
class TablesTest : public ::testing::Test {
protected:
    TablesTest() {
        inputs_.calls.calls = {
            {.id = "c1", .caller = "k", .mint = "A", .chain = "sol", .created_at_ms = 5},
            {.id = "c2", .caller = "k", .mint = "B", .chain = "", .created_at_ms = 6}};
        inputs_.windows = {Window{.begin_ms = 1,
                                  .entry_ms = 2,
                                  .last_ms = 3,
                                  .end_ms = 4,
                                  .bars = 3,
                                  .wanted_bars = 3,
                                  .missing_warm_up = 0},
                           std::nullopt};
        calls_.resize(2);
        calls_[0].coverage = {.present = 3, .expected = 4, .exclusion = {}, .truncated = true};
        calls_[1].coverage.exclusion = Exclusion::kMissingRange;
    }
    // The rows of `table`, values parted by "|".
    std::string rows(artifact::Table table) {
        auto database = duck::Database::open_in_memory();
        auto connection = database->connect();
        EXPECT_TRUE(connection->register_source("t", std::move(table).source()).has_value());
        auto found = connection->query("SELECT * FROM t()");
        std::string out;
        while (found->next().value()) {
            for (std::size_t i = 0; i < found->column_count(); ++i) {
                out += (i == 0 ? "" : "|") + found->text(i);
            }
            out += "\n";
        }
        return out;
    }
    TableContext context() { return {"r1", inputs_, calls_, kIntervals[2]}; }

    Inputs inputs_{.calls = {},
                   .calendar = MarketCalendar::always(kIntervals[2]),
                   .windows = {},
                   .candles = {},
                   .fingerprint = {}};
    std::vector<PreparedCall> calls_;
};

TEST_F(TablesTest, AlertsHaveEveryCall) {
    EXPECT_EQ(rows(alerts_table(context())),
              "r1|c1|k|A|sol|1m|5|1|2|4|3|4|true|true|NULL\n"
              "r1|c2|k|B|NULL|1m|6|NULL|NULL|NULL|0|0|false|false|missing_range\n");
}

TEST_F(TablesTest, AlertsMayBeOfSomeCalls) {
    const std::vector<std::size_t> second = {1};
    EXPECT_EQ(rows(alerts_table(context(), second)),
              "r1|c2|k|B|NULL|1m|6|NULL|NULL|NULL|0|0|false|false|missing_range\n");
}

TEST_F(TablesTest, SplitsHaveWhatBecameOfEachCall) {
    const std::vector<Split> splits = {{.train = {0}, .test = {1}, .purged = {}, .embargoed = {}},
                                       {.train = {}, .test = {}, .purged = {1}, .embargoed = {0}}};
    EXPECT_EQ(rows(splits_table(context(), splits)),
              "r1|1|c1|k|5|train\nr1|1|c2|k|6|test\n"
              "r1|2|c1|k|5|embargoed\nr1|2|c2|k|6|purged\n");
}

TEST_F(TablesTest, ExcludedHasThoseThatWereLeftOut) {
    EXPECT_EQ(rows(excluded_table(context())), "r1|c2|k|B|NULL|6|missing_range|0|0|0.0\n");
}

TEST_F(TablesTest, PathsHaveEveryEligibleCallMeasuredOrNot) {
    calls_[0].no_entry = "no_anchor";
    EXPECT_EQ(rows(paths_table(context(), PathResults(2))),
              "r1|c1|k|A|sol|1m|5|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|true|"
              "no_anchor\n");
    calls_[0].no_entry = {};
    PathResults results(2);
    results[0] = PathMetrics{};
    results[0]->p0 = 2;
    results[0]->t_kx_ms[0] = 7;
    results[0]->peak_multiple = 2.5;
    EXPECT_EQ(rows(paths_table(context(), results)),
              "r1|c1|k|A|sol|1m|5|2.0|true|7|false|NULL|false|NULL|2.5|NULL|NULL|NULL|true|NULL\n");
}

TEST_F(TablesTest, TradesHaveThoseThatWereMade) {
    TradeResults results(2);
    results[0] = Trade{};
    results[0]->net_bps = -1.5;
    results[0]->reason = ExitReason::kStopLoss;
    results[0]->stop_out = true;
    EXPECT_EQ(rows(trades_table(context(), "p", results)),
              "r1|p|c1|-1.5|0.0|true|0.0|0|NULL|0|0|0.0|0.0|stop_loss|false\n");
}

TEST_F(TablesTest, OnlyAPositionThatTheDataEndedIsTruncated) {
    Trade trade;
    EXPECT_TRUE(is_truncated(trade, calls_[0]));
    trade.reason = ExitReason::kTimeStop;
    EXPECT_FALSE(is_truncated(trade, calls_[0]));
    calls_[0].coverage.truncated = false;
    trade.reason = ExitReason::kEndOfData;
    EXPECT_FALSE(is_truncated(trade, calls_[0]));
}

TEST_F(TablesTest, SummariesAreOneRow) {
    EXPECT_EQ(rows(summary_table("r1", CallCounts{}, PathAggregates{})),
              "r1|0|0|0|0|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n");
    EXPECT_EQ(rows(summary_table("r1", "p", CallCounts{}, TradeAggregates{})),
              "r1|p|0|0|0|0|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n");
}

}  // namespace
}  // namespace daybook::backtest
