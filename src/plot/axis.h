// Axes: how far they go, and where their ticks are.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plot/figure.h"

namespace daybook::plot {

// Whether a value has a place on an axis of this scale: it is finite, at most 1e300 either way, and
// as a time within the years 0 to 9999, which alone have days.
bool has_place(Scale scale, double value);

// An axis that holds `low` to `high`, which have places, with a little room at both ends; if they
// are the same, or too near for doubles to tell ticks apart, with as much room as it needs.
Axis axis_over(std::string title, Scale scale, double low, double high);

struct Tick {
    double at = 0;
    std::string label{};
};

// At most `count_max` (at least 4) ticks inside the axis, at least one, in ascending order, at
// round places: 1, 2 or 5 times a power of ten, with commas between thousands; of times seconds,
// minutes, hours, days, months or years that people count in.  No two labels are alike.
std::vector<Tick> ticks_of(const Axis& axis, std::size_t count_max);

}  // namespace daybook::plot
