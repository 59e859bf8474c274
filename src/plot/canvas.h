// Points of a figure on a grid of pixels: both SVG and terminals are drawn from it.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "plot/figure.h"

namespace daybook::plot {

// Where `value` lies on an axis of `length` pixels, from its low end: 0 to `length`.
double place_on(const Axis& axis, double value, double length);

// The line with at most four points a pixel column: the first, the lowest, the highest and the last
// of each, in their order.  Drawn at that width it looks as if all had been drawn.
std::vector<Point> thin_line(const std::vector<Point>& points, const Axis& x, std::size_t columns);

// How many points lie in each cell of a grid of columns × rows, by (column, row) from the low ends.
std::map<std::pair<std::size_t, std::size_t>, std::size_t> bin_points(const Figure& figure,
                                                                      std::size_t columns,
                                                                      std::size_t rows);

}  // namespace daybook::plot
