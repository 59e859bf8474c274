#include "plot/text.h"

#include <gtest/gtest.h>

#include "plot/axis.h"

namespace daybook::plot {
namespace {

Figure figure_of(Mark mark) {
    return {.title = "t",
            .mark = mark,
            .x = {.title = "x", .low = 0, .high = 10},
            .y = {.title = "y", .low = 0, .high = 4}};
}

TEST(Text, ALineGoesFromItsFirstPointToItsLast) {
    Figure figure = figure_of(Mark::kLine);
    figure.points = {{0, 0}, {10, 4}};
    EXPECT_EQ(to_text(figure, {.columns = 23, .rows = 5}, false),
              "t\n\ny\n"
              "4 |                ****\n"
              "3 |            ****\n"
              "2 |        ****\n"
              "1 |    ****\n"
              "0 |****\n"
              "  +--------------------\n"
              "   0        5        10\n"
              "   x\n");
}

TEST(Text, DotsStandWhereTheyAre) {
    Figure figure = figure_of(Mark::kDots);
    figure.points = {{0, 0}, {10, 4}, {5, 2}};
    const std::string text = to_text(figure, {.columns = 24, .rows = 5}, true);
    EXPECT_NE(text.find("│⡀"), std::string::npos) << text;
    EXPECT_NE(text.find("⠈\n"), std::string::npos) << text;
}

TEST(Text, BarsAreDrawnToScaleAndNeverVanish) {
    Figure figure = figure_of(Mark::kBars);
    figure.bars = {{"plan", 0, 5, "5 ms"}, {"load", 5, 5, "0 ms"}, {"store", 5, 10, "5 ms"}};
    EXPECT_EQ(to_text(figure, {.columns = 40, .rows = 5}, false),
              "t\n\n"
              "plan  |########### 5 ms\n"
              "load  |          # 0 ms\n"
              "store |          ########### 5 ms\n"
              "      +---------------------\n"
              "       0         5        10\n"
              "       x\n");
}

}  // namespace
}  // namespace daybook::plot
