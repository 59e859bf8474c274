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

// More dots than this hide each other: they are counted in cells, and the cells shaded.
inline constexpr std::size_t kDotsMax = 2'000;

// How many points lie in a cell of a grid, by (column, row) from the low ends; only cells that have
// any.
using Bins = std::map<std::pair<std::size_t, std::size_t>, std::size_t>;
Bins bin_points(const Figure& figure, std::size_t columns, std::size_t rows);

// The most points of any cell; 1 if there is none.
std::size_t most_in(const Bins& bins);

// How dark a cell of `count` points is beside one of `most`: above 0, at most 1, by the logarithm,
// so that a cell with one point is seen beside one with thousands.
double shade_of(std::size_t count, std::size_t most);

}  // namespace daybook::plot
