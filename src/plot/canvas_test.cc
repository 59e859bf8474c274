#include "plot/canvas.h"

#include <gtest/gtest.h>

namespace daybook::plot {
namespace {

TEST(Canvas, PlacesGoFromTheLowEndToTheHighOne) {
    const Axis axis{.low = -1, .high = 3};
    EXPECT_EQ(place_on(axis, -1, 100), 0);
    EXPECT_EQ(place_on(axis, 0, 100), 25);
    EXPECT_EQ(place_on(axis, 3, 100), 100);
    EXPECT_EQ(place_on(axis, 99, 100), 100);
}

TEST(Canvas, AThinnedLineKeepsTheExtremesOfEachColumn) {
    const Axis x{.low = 0, .high = 100};
    std::vector<Point> points;
    for (int i = 0; i < 10'000; ++i) {
        points.push_back({i / 100.0, i == 4'321 ? 50.0 : i == 4'330 ? -50.0 : i % 7 * 1.0});
    }
    const std::vector<Point> thin = thin_line(points, x, 50);
    EXPECT_LE(thin.size(), 4U * 50);
    EXPECT_EQ(thin.front(), points.front());
    EXPECT_EQ(thin.back(), points.back());
    EXPECT_EQ(std::count(thin.begin(), thin.end(), points[4'321]), 1);
    EXPECT_EQ(std::count(thin.begin(), thin.end(), points[4'330]), 1);
    EXPECT_TRUE(std::is_sorted(thin.begin(), thin.end(),
                               [](const Point& a, const Point& b) { return a.x < b.x; }));
    // What is thin enough stays as it is.
    EXPECT_EQ(thin_line(thin, x, 10'000), thin);
    EXPECT_EQ(thin_line({}, x, 50), std::vector<Point>{});
}

TEST(Canvas, BinsCountEveryPointOnce) {
    Figure figure{.x = {.low = 0, .high = 10}, .y = {.low = 0, .high = 10}};
    figure.points = {{0, 0}, {0.1, 0.1}, {10, 10}, {9.9, 0}};
    const auto counts = bin_points(figure, 10, 10);
    EXPECT_EQ(counts.size(), 3U);
    EXPECT_EQ(counts.at({0, 0}), 2U);
    EXPECT_EQ(counts.at({9, 9}), 1U);
    EXPECT_EQ(counts.at({9, 0}), 1U);
    EXPECT_EQ(most_in(counts), 2U);
    EXPECT_EQ(most_in({}), 1U);
}

TEST(Canvas, ShadesGrowWithTheCountAndASingleOneIsSeen) {
    EXPECT_EQ(shade_of(1, 1), 1);
    EXPECT_EQ(shade_of(1000, 1000), 1);
    EXPECT_LT(shade_of(10, 1000), shade_of(100, 1000));
    EXPECT_GT(shade_of(1, 1000), 0.1);
}

}  // namespace
}  // namespace daybook::plot
