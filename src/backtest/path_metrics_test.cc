#include "backtest/path_metrics.h"

#include <vector>

#include <gtest/gtest.h>

#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

using testing::kMinuteMs;
using testing::kStartMs;
using testing::minute_bars;
using testing::Ohlc;

const std::vector<Ohlc> kDouble = {{1, 1.1, .95, 1},   {1, 1.3, .9, 1.2},  {1.2, 1.8, 1.1, 1.5},
                                   {1.5, 2.2, 1.4, 2}, {2, 2.5, 1.8, 2.3}, {2.3, 2.4, 2, 2.1}};
const std::vector<Ohlc> kQuadruple = {{1, 1, 1, 1}, {1, 2.5, 1, 2}, {2, 3.5, 2, 3}, {3, 4.5, 3, 4}};

PathMetrics measure(const std::vector<Ohlc>& rows, Execution execution, double move = 0.1) {
    const Bars bars = minute_bars(rows);
    return measure_path(bars.view(), kStartMs, execution, move);
}

std::optional<std::int64_t> minute(std::int64_t count) { return kStartMs + count * kMinuteMs; }

void expect_near(const PathMetrics& path, double peak, double dd, std::optional<double> dd_to_2x) {
    EXPECT_NEAR(path.peak_multiple.value(), peak, 1e-9);
    EXPECT_NEAR(path.dd_bps.value(), dd, 1e-6);
    ASSERT_EQ(path.dd_to_2x_bps.has_value(), dd_to_2x.has_value());
    EXPECT_NEAR(path.dd_to_2x_bps.value_or(0), dd_to_2x.value_or(0), 1e-6);
}

TEST(PathMetrics, ClassicVectorThatDoubles) {
    const PathMetrics path = measure(kDouble, Execution::kClassic);
    EXPECT_EQ(path.p0, 1);
    EXPECT_EQ(path.t_kx_ms[0], minute(3));
    EXPECT_EQ(path.t_kx_ms[1], std::nullopt);
    EXPECT_EQ(path.t_kx_ms[2], std::nullopt);
    EXPECT_EQ(path.alert_to_activity_ms, 0);
    expect_near(path, 2.5, -1000, -1000);
}

TEST(PathMetrics, ClassicVectorThatQuadruples) {
    const PathMetrics path = measure(kQuadruple, Execution::kClassic);
    EXPECT_EQ(path.t_kx_ms[0], minute(1));
    EXPECT_EQ(path.t_kx_ms[1], minute(2));
    EXPECT_EQ(path.t_kx_ms[2], minute(3));
    EXPECT_EQ(path.alert_to_activity_ms, 60000);
    expect_near(path, 4.5, 0, 0);
}

TEST(PathMetrics, StrictBeginsAfterTheAnchor) {
    const PathMetrics path = measure(kDouble, Execution::kStrict);
    EXPECT_EQ(path.alert_to_activity_ms, 60000);
    EXPECT_EQ(path.t_kx_ms[0], minute(3));
    expect_near(path, 2.5, -1000, -1000);
}

TEST(PathMetrics, TheDrawdownTo2xEndsWithTheBarThatTouchesIt) {
    const PathMetrics path =
        measure({{1, 1, 1, 1}, {1, 2, .8, 2}, {2, 2, .5, .6}}, Execution::kStrict);
    expect_near(path, 2, -5000, -2000);
}

TEST(PathMetrics, NullsStayNullWhereNothingWasTouchedOrScanned) {
    const PathMetrics quiet = measure({{1, 1, 1, 1}, {1, 1.05, .95, 1}}, Execution::kStrict);
    EXPECT_EQ(quiet.alert_to_activity_ms, std::nullopt);
    EXPECT_EQ(quiet.dd_to_2x_bps, std::nullopt);
    const PathMetrics alone = measure({{1, 9, .1, 1}}, Execution::kStrict);
    EXPECT_EQ(alone, (PathMetrics{.p0 = 1,
                                  .t_kx_ms = {},
                                  .peak_multiple = {},
                                  .dd_bps = {},
                                  .dd_to_2x_bps = {},
                                  .alert_to_activity_ms = {}}));
}

TEST(PathMetrics, ActivityIsAMoveOfTheGivenSizeEitherWay) {
    const std::vector<Ohlc> falls = {{1, 1, 1, 1}, {1, 1.05, .9, 1}};
    EXPECT_EQ(measure(falls, Execution::kStrict, 0.1).alert_to_activity_ms, 60000);
    EXPECT_EQ(measure(falls, Execution::kStrict, 0.11).alert_to_activity_ms, std::nullopt);
}

TEST(PathMetrics, ActivityIsCountedFromTheCallNotFromTheAnchor) {
    const Bars bars = minute_bars({{1, 1, 1, 1}, {1, 2, 1, 1}});
    const PathMetrics path = measure_path(bars.view(), kStartMs - 5000, Execution::kStrict, 0.1);
    EXPECT_EQ(path.alert_to_activity_ms, 65000);
}

}  // namespace
}  // namespace daybook::backtest
