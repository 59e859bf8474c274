// Measuring: rounds that take turns, and the median of each contender's.
//
// Machines are noisy, and noise comes in stretches.  So contenders that are to be compared run in
// turn within one round, the order turns with every round, and what counts is the median.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::bench {

// What one round of one contender came to.
struct Sample {
    double value = 0;  // a rate per second, or seconds
    // Of single operations, in microseconds; 0 where none were taken.
    double p50_us = 0;
    double p99_us = 0;
    double p999_us = 0;
    double worst_us = 0;
    // Of `value`, what a step took that a figure tells apart; 0 where there is none.
    double step = 0;
    // What the turn cost whoever had the other processors: it tells contenders apart on a busy
    // machine, too.
    double processor_seconds = 0;
    double peak_megabytes = 0;
};

struct Contender {
    std::string name;
    std::function<Result<Sample>()> round;
};

// Lets the contenders take turns for `rounds` rounds, after one that does not count; gives the
// medians of each one's samples, field by field, in the contenders' order.
Result<std::vector<Sample>> take_turns(std::span<const Contender> contenders, int rounds);

// Nanoseconds since an arbitrary point.
std::int64_t now_ns();

// The value below which the fraction `q` of `values` lies (type 7); sorts them.
double quantile(std::vector<double>& values, double q);

}  // namespace daybook::bench
