#include "backtest/synth_series.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include "base/calendar.h"
#include "base/hash.h"

namespace daybook::backtest {
namespace {

constexpr double kDaysPerYear = 365;

// Of a Brownian bridge over a log return `x`, whose free motion has the deviation `deviation`: how
// far it rises above its beginning.
double bridge_maximum(double x, double deviation, double uniform) {
    return (x + std::sqrt(x * x - 2 * deviation * deviation * std::log(uniform))) / 2;
}

}  // namespace

double uniform(RandomSource& random) {
    return (static_cast<double>(random.next() >> 11) + 0.5) * 0x1p-53;
}

std::array<double, 2> normal_pair(RandomSource& random) {
    const double radius = std::sqrt(-2 * std::log(uniform(random)));
    const double angle = 2 * std::numbers::pi * uniform(random);
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

SeededRandom synth_random(std::int64_t seed, std::int64_t stream) {
    // Hashed, because generators of neighbouring seeds would share part of their state.
    return SeededRandom(xxh3_64(fmt::format("{}:{}", seed, stream)));
}

SynthSeries::SynthSeries(const SynthModel& model, Interval interval, SeededRandom random)
    : model_(model),
      bar_days_(static_cast<double>(interval.ms) / static_cast<double>(kDayMs)),
      random_(std::move(random)),
      motions_{motion_of(model.calm), motion_of(model.turbulent)},
      turbulent_(uniform(random_) <
                 model.turbulent.mean_days / (model.calm.mean_days + model.turbulent.mean_days)),
      no_jump_(std::exp(-model.jumps_per_day * bar_days_)),
      close_(model.first_price * std::pow(10, 2 * uniform(random_) - 1)) {}

SynthSeries::Motion SynthSeries::motion_of(const SynthRegime& regime) const {
    const double years = bar_days_ / kDaysPerYear;
    const double variance = regime.volatility * regime.volatility * years;
    const double jump_growth =
        std::exp(model_.jump_mean + model_.jump_deviation * model_.jump_deviation / 2) - 1;
    return {.mean = regime.drift * years - variance / 2 -
                    model_.jumps_per_day * bar_days_ * jump_growth,
            .deviation = std::sqrt(variance),
            .leave = std::min(1.0, bar_days_ / regime.mean_days)};
}

// By inversion (Devroye, "Non-uniform random variate generation", 1986, chapter X.3).
std::int64_t SynthSeries::draw_jumps() {
    const double rate = model_.jumps_per_day * bar_days_;
    double left = uniform(random_) - no_jump_;
    double probability = no_jump_;
    std::int64_t jumps = 0;
    while (left > 0 && probability > 0) {
        ++jumps;
        probability *= rate / static_cast<double>(jumps);
        left -= probability;
    }
    return jumps;
}

SynthBar SynthSeries::next() {
    const Motion& motion = motions_[turbulent_ ? 1 : 0];
    SynthBar bar;
    bar.turbulent = turbulent_;
    bar.jumps = draw_jumps();
    bar.open = close_;
    if (bar.jumps > 0) {
        const auto count = static_cast<double>(bar.jumps);
        bar.open *= std::exp(count * model_.jump_mean +
                             std::sqrt(count) * model_.jump_deviation * normal_pair(random_)[0]);
    }
    const auto [z, z_volume] = normal_pair(random_);
    const double x = motion.mean + motion.deviation * z;
    bar.close = bar.open * std::exp(x);
    const double up = bridge_maximum(x, motion.deviation, uniform(random_));
    const double down = -bridge_maximum(-x, motion.deviation, uniform(random_));
    // Rounding must not put the close outside of the two.
    bar.high = std::max({bar.open * std::exp(up), bar.open, bar.close});
    bar.low = std::min({bar.open * std::exp(down), bar.open, bar.close});
    const double deviation = model_.volume_deviation;
    bar.volume = model_.volume_per_day * bar_days_ *
                 std::exp(deviation * z_volume - deviation * deviation / 2);
    close_ = bar.close;
    if (uniform(random_) < motion.leave) turbulent_ = !turbulent_;
    return bar;
}

}  // namespace daybook::backtest
