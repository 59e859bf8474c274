#include "backtest/synth_series.h"

#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "backtest/bar_check.h"
#include "base/calendar.h"

namespace daybook::backtest {
namespace {

constexpr Interval kMinute{"1m", 60'000};
constexpr Interval kHour{"1h", 3'600'000};

std::vector<SynthBar> bars_of(Interval interval, std::size_t count, std::int64_t seed = 1,
                              std::int64_t stream = 1, const SynthModel& model = {}) {
    SynthSeries series(model, interval, synth_random(seed, stream));
    std::vector<SynthBar> bars;
    for (std::size_t i = 0; i < count; ++i) bars.push_back(series.next());
    return bars;
}

std::vector<double> closes(const std::vector<SynthBar>& bars) {
    std::vector<double> out;
    for (const SynthBar& bar : bars) out.push_back(bar.close);
    return out;
}

struct Moments {
    double mean = 0;
    double deviation = 0;
    double count = 0;
};

Moments moments(const std::vector<double>& values) {
    Moments m{.count = static_cast<double>(values.size())};
    for (const double value : values) m.mean += value / m.count;
    for (const double value : values) m.deviation += (value - m.mean) * (value - m.mean);
    m.deviation = std::sqrt(m.deviation / (m.count - 1));
    return m;
}

TEST(SynthSeries, TheSameSeedGivesTheSameBarsAndAnotherOnesOthers) {
    EXPECT_EQ(closes(bars_of(kMinute, 100)), closes(bars_of(kMinute, 100)));
    EXPECT_NE(closes(bars_of(kMinute, 100)), closes(bars_of(kMinute, 100, 2)));
    EXPECT_NE(closes(bars_of(kMinute, 100)), closes(bars_of(kMinute, 100, 1, 2)));
}

TEST(SynthSeries, EveryBarCouldBeReal) {
    for (const Interval interval : {kMinute, kIntervals[0], kIntervals[7]}) {
        for (const SynthBar& bar : bars_of(interval, 36'500)) {
            const auto fault = check_bar({.open = bar.open,
                                          .high = bar.high,
                                          .low = bar.low,
                                          .close = bar.close,
                                          .volume = bar.volume});
            ASSERT_FALSE(fault) << fault->text;
            ASSERT_GT(bar.volume, 0);
        }
    }
}

// Tolerances are four standard errors.
TEST(SynthSeries, ReturnsWithinABarHaveTheMomentsOfTheirRegime) {
    const SynthModel model;
    const std::vector<SynthBar> bars = bars_of(kMinute, 400'000);
    const double years = 1.0 / (365 * 24 * 60);
    const double jump_growth =
        std::exp(model.jump_mean + model.jump_deviation * model.jump_deviation / 2) - 1;
    for (const bool turbulent : {false, true}) {
        const SynthRegime& regime = turbulent ? model.turbulent : model.calm;
        std::vector<double> returns;
        for (const SynthBar& bar : bars) {
            if (bar.turbulent == turbulent) returns.push_back(std::log(bar.close / bar.open));
        }
        const Moments m = moments(returns);
        ASSERT_GT(m.count, 10'000);
        const double deviation = regime.volatility * std::sqrt(years);
        const double mean = (regime.drift - regime.volatility * regime.volatility / 2 -
                             model.jumps_per_day * 365 * jump_growth) *
                            years;
        EXPECT_NEAR(m.deviation / deviation, 1, 4 / std::sqrt(2 * m.count));
        EXPECT_NEAR(m.mean, mean, 4 * deviation / std::sqrt(m.count));
    }
}

TEST(SynthSeries, JumpsAreTheOnlyGapsAndAsManyAndLargeAsTheModelSays) {
    const SynthModel model;
    const std::vector<SynthBar> bars = bars_of(kHour, 200'000);
    double jumps = 0;
    std::vector<double> single;
    for (std::size_t i = 1; i < bars.size(); ++i) {
        const double gap = std::log(bars[i].open / bars[i - 1].close);
        ASSERT_EQ(gap != 0, bars[i].jumps > 0);
        jumps += static_cast<double>(bars[i].jumps);
        if (bars[i].jumps == 1) single.push_back(gap);
    }
    const double expected = model.jumps_per_day * 200'000 / 24;
    EXPECT_NEAR(jumps, expected, 4 * std::sqrt(expected));
    const Moments m = moments(single);
    EXPECT_NEAR(m.mean, model.jump_mean, 4 * model.jump_deviation / std::sqrt(m.count));
    EXPECT_NEAR(m.deviation / model.jump_deviation, 1, 4 / std::sqrt(2 * m.count));
}

TEST(SynthSeries, RegimesLastAsLongAsTheModelSays) {
    const SynthModel model;
    const std::vector<SynthBar> bars = bars_of(kHour, 1'000'000);
    double turbulent = 0;
    double begun = 0;
    for (std::size_t i = 1; i < bars.size(); ++i) {
        turbulent += bars[i].turbulent ? 1 : 0;
        begun += bars[i].turbulent && !bars[i - 1].turbulent ? 1 : 0;
    }
    const double hours = turbulent / begun;  // geometric: its deviation is its mean
    EXPECT_NEAR(hours / (model.turbulent.mean_days * 24), 1, 4 / std::sqrt(begun));
    const double share =
        model.turbulent.mean_days / (model.turbulent.mean_days + model.calm.mean_days);
    EXPECT_NEAR(turbulent / 1'000'000 / share, 1, 4 * std::sqrt(2 / begun));
}

// The maximum of a Brownian motion without drift is distributed as its absolute value at the end
// (the reflection principle): its mean is deviation * sqrt(2 / pi).
TEST(SynthSeries, HighsAndLowsAreThoseOfABrownianMotion) {
    SynthModel model;
    model.calm = {.drift = 0, .volatility = 0.6, .mean_days = 1e9};
    model.turbulent = {.drift = 0, .volatility = 0.6, .mean_days = 1e9};
    model.jumps_per_day = 0;
    const double deviation = 0.6 / std::sqrt(365 * 24 * 60);
    std::vector<double> up;
    std::vector<double> down;
    for (const SynthBar& bar : bars_of(kMinute, 200'000, 1, 1, model)) {
        up.push_back(std::log(bar.high / bar.open) / deviation);
        down.push_back(-std::log(bar.low / bar.open) / deviation);
    }
    const double mean = std::sqrt(2 / std::numbers::pi);
    for (const auto* side : {&up, &down}) {
        const Moments m = moments(*side);
        EXPECT_NEAR(m.mean, mean, 4 * m.deviation / std::sqrt(m.count));
        EXPECT_NEAR(m.deviation, std::sqrt(1 - 2 / std::numbers::pi), 0.01);
    }
}

TEST(SynthSeries, VolumesHaveTheMeanOfTheModel) {
    std::vector<double> volumes;
    for (const SynthBar& bar : bars_of(kHour, 200'000)) volumes.push_back(bar.volume);
    const Moments m = moments(volumes);
    EXPECT_NEAR(m.mean, SynthModel{}.volume_per_day / 24, 4 * m.deviation / std::sqrt(m.count));
}

}  // namespace
}  // namespace daybook::backtest
