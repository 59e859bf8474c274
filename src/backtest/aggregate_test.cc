#include "backtest/aggregate.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "duck/database.h"

namespace daybook::backtest {
namespace {

Trade trade(double net, bool stop, double mae, std::optional<double> tail, std::int64_t time) {
    Trade trade;
    trade.net_bps = net;
    trade.stop_out = stop;
    trade.reason = stop ? ExitReason::kStopLoss : ExitReason::kTakeProfit;
    trade.max_adverse_excursion_bps = mae;
    trade.tail_capture = tail;
    trade.time_exposed_ms = time;
    return trade;
}

TEST(Quantile, IsLinearBetweenOrderStatistics) {
    EXPECT_EQ(quantile({}, 0.5), std::nullopt);
    EXPECT_EQ(quantile({7}, 0.05), 7);
    EXPECT_EQ(quantile({4, 1, 3, 2}, 0.5), 2.5);
    EXPECT_EQ(quantile({4, 1, 3, 2}, 0), 1);
    EXPECT_EQ(quantile({4, 1, 3, 2}, 1), 4);
    EXPECT_DOUBLE_EQ(quantile({10, 20, 30, 40, 50}, 0.05).value(), 12);
}

TEST(Quantile, AgreesWithDuckDbsQuantileCont) {
    auto database = duck::Database::open_in_memory();
    auto connection = database->connect();
    const std::vector<double> values = {3.5, -1, 12, 0.25, 7, 7, 9.75};
    for (const double q : {0.0, 0.05, 0.25, 0.5, 0.61, 0.95, 1.0}) {
        auto rows = connection->query(
            fmt::format("SELECT quantile_cont(v, {}) FROM (VALUES ({}::DOUBLE)) t(v)", q,
                        fmt::join(values, "), (")));
        ASSERT_TRUE(rows.has_value() && rows->next().value());
        EXPECT_DOUBLE_EQ(quantile(values, q).value(), rows->get_double(0)) << q;
    }
}

RC_GTEST_PROP(Quantile, MatchesTheSortedValues, (std::vector<double> values, std::uint8_t step)) {
    RC_PRE(!values.empty());
    const double q = step / 255.0;
    const double got = quantile(values, q).value();
    std::sort(values.begin(), values.end());
    const double h = q * static_cast<double>(values.size() - 1);
    const auto i = static_cast<std::size_t>(h);
    const double next = values[std::min(i + 1, values.size() - 1)];
    RC_ASSERT(got == values[i] + (next - values[i]) * (h - static_cast<double>(i)));
}

TEST(Aggregate, TradesByHand) {
    const std::vector<Trade> trades = {trade(100, false, -50, 0.5, 60),
                                       trade(-300, true, -400, std::nullopt, 120),
                                       trade(50, true, -10, -1.0, 30)};
    const TradeAggregates a = aggregate(trades);
    EXPECT_EQ(a.trades, 3);
    EXPECT_DOUBLE_EQ(*a.mean_return_bps, -50);
    EXPECT_DOUBLE_EQ(*a.median_return_bps, 50);
    EXPECT_DOUBLE_EQ(*a.stop_out_rate, 2.0 / 3);
    EXPECT_DOUBLE_EQ(*a.losing_stop_rate, 1.0 / 3);
    EXPECT_DOUBLE_EQ(*a.mean_time_exposed_ms, 70);
    EXPECT_DOUBLE_EQ(*a.mean_tail_capture, -0.25);
    EXPECT_DOUBLE_EQ(*a.mean_mae_bps, -460.0 / 3);
    EXPECT_DOUBLE_EQ(*a.median_mae_bps, -50);
    EXPECT_DOUBLE_EQ(*a.p05_mae_bps, -365);
}

TEST(Aggregate, NoTradesAreNullsNotZeros) {
    EXPECT_EQ(aggregate(std::span<const Trade>()), TradeAggregates{});
    EXPECT_EQ(aggregate(std::span<const PathMetrics>()), PathAggregates{});
}

TEST(Aggregate, PathsByHand) {
    PathMetrics doubled;
    doubled.t_kx_ms[0] = 1;
    doubled.peak_multiple = 2.5;
    doubled.dd_bps = -1000;
    doubled.dd_to_2x_bps = -500;
    doubled.alert_to_activity_ms = 60;
    PathMetrics flat;
    flat.peak_multiple = 1;
    flat.dd_bps = 0;
    const std::vector<PathMetrics> paths = {doubled, flat};
    const PathAggregates a = aggregate(paths);
    EXPECT_EQ(a.paths, 2);
    EXPECT_EQ(a.hit_2x_rate, 0.5);
    EXPECT_EQ(a.hit_3x_rate, 0);
    EXPECT_EQ(a.median_peak_multiple, 1.75);
    EXPECT_EQ(a.median_dd_bps, -500);
    EXPECT_EQ(a.median_dd_to_2x_bps, -500);
    EXPECT_EQ(a.median_alert_to_activity_ms, 60);
}

}  // namespace
}  // namespace daybook::backtest
