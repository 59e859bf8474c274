// The prices of one symbol that never existed: geometric Brownian motion with jumps, in a market
// that is calm or turbulent.
//
// Within a regime with drift m and volatility s a year, the log of the price moves by
//
//     (m - s²/2 - l·k)·dt + s·√dt·Z + J        J: the sum of Poisson(l·dt) normal jumps
//
// where k = exp(jump_mean + jump_deviation²/2) - 1, so that E[S] grows by exp(m·dt) (Merton,
// "Option pricing when underlying stock returns are discontinuous", Journal of Financial Economics
// 3, 1976).  Which regime applies is a Markov chain (Hamilton, "A new approach to the economic
// analysis of nonstationary time series", Econometrica 57(2), 1989) that begins in its stationary
// distribution.  Jumps happen between two bars; high and low of a bar are drawn from the
// distributions of the maximum and the minimum of a Brownian bridge from its open to its close
// (Glasserman, "Monte Carlo methods in financial engineering", 2003, section 6.4).
#pragma once

#include <array>
#include <cstdint>

#include "backtest/interval.h"
#include "base/random.h"

namespace daybook::backtest {

// Years are of 365 days, which have no nights.
struct SynthRegime {
    double drift = 0;       // a year
    double volatility = 0;  // a year, as a fraction; > 0
    double mean_days = 0;   // how long it lasts
};

struct SynthModel {
    SynthRegime calm = {.drift = 0.15, .volatility = 0.6, .mean_days = 20};
    SynthRegime turbulent = {.drift = -0.3, .volatility = 1.8, .mean_days = 4};
    double jumps_per_day = 0.5;
    double jump_mean = -0.005;      // of the log of the price
    double jump_deviation = 0.04;   // the same
    double first_price = 100;       // median; the symbols differ by a factor of up to 10
    double volume_per_day = 1e6;    // mean, in units of the symbol
    double volume_deviation = 0.5;  // of its log
};

struct SynthBar {
    double open = 0;
    double high = 0;  // >= open, close
    double low = 0;   // <= open, close; > 0
    double close = 0;
    double volume = 0;  // > 0
    // What the tests look at.
    bool turbulent = false;
    std::int64_t jumps = 0;  // between the bar before and this one
};

// Two independent standard normal values (Box and Muller, "A note on the generation of random
// normal deviates", Annals of Mathematical Statistics 29(2), 1958).
std::array<double, 2> normal_pair(RandomSource& random);
// In (0, 1), a multiple of 2^-54.
double uniform(RandomSource& random);

// A generator that shares nothing with those of other names or seeds.
SeededRandom synth_random(std::int64_t seed, std::int64_t stream);

// An endless series.  The same arguments give the same bars.  Not thread-safe.
class SynthSeries {
public:
    SynthSeries(const SynthModel& model, Interval interval, SeededRandom random);
    SynthBar next();

private:
    struct Motion {
        double mean;       // of the log return of a bar
        double deviation;  // of the same
        double leave;      // probability that the regime ends with a bar
    };
    Motion motion_of(const SynthRegime& regime) const;
    std::int64_t draw_jumps();

    SynthModel model_;
    double bar_days_;
    SeededRandom random_;
    std::array<Motion, 2> motions_;  // calm, turbulent
    bool turbulent_;
    double no_jump_;  // probability of a bar without one
    double close_;
};

}  // namespace daybook::backtest
