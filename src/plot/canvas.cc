#include "plot/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace daybook::plot {
namespace {

std::size_t cell_on(const Axis& axis, double value, std::size_t cells) {
    const double at = place_on(axis, value, static_cast<double>(cells));
    return std::min(static_cast<std::size_t>(at), cells - 1);
}

}  // namespace

double place_on(const Axis& axis, double value, double length) {
    return std::clamp((value - axis.low) / (axis.high - axis.low), 0.0, 1.0) * length;
}

std::vector<Point> thin_line(const std::vector<Point>& points, const Axis& x, std::size_t columns) {
    std::vector<Point> thin;
    for (std::size_t begin = 0; begin < points.size();) {
        const std::size_t column = cell_on(x, points[begin].x, columns);
        std::size_t end = begin;
        std::size_t lowest = begin;
        std::size_t highest = begin;
        for (; end < points.size() && cell_on(x, points[end].x, columns) == column; ++end) {
            if (points[end].y < points[lowest].y) lowest = end;
            if (points[end].y > points[highest].y) highest = end;
        }
        std::array<std::size_t, 4> kept = {begin, lowest, highest, end - 1};
        std::sort(kept.begin(), kept.end());
        const auto last = std::unique(kept.begin(), kept.end());
        for (auto it = kept.begin(); it != last; ++it) thin.push_back(points[*it]);
        begin = end;
    }
    return thin;
}

Bins bin_points(const Figure& figure, std::size_t columns, std::size_t rows) {
    Bins counts;
    for (const Point& point : figure.points) {
        ++counts[{cell_on(figure.x, point.x, columns), cell_on(figure.y, point.y, rows)}];
    }
    return counts;
}

std::size_t most_in(const Bins& bins) {
    std::size_t most = 1;
    for (const auto& [cell, count] : bins) most = std::max(most, count);
    return most;
}

double shade_of(std::size_t count, std::size_t most) {
    return std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most));
}

}  // namespace daybook::plot
