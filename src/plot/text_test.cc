#include "plot/text.h"

#include <cmath>
#include <map>
#include <sstream>

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

// How often each sign of the plot's rows is there, the blank left out.
std::map<std::string, int> signs_of(const Figure& figure, bool blocks) {
    const std::string text = to_text(figure, {.columns = 80, .rows = 16}, blocks);
    const std::string edge = blocks ? "│" : "|";
    std::map<std::string, int> signs;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t begin = line.find(edge);
        if (begin == std::string::npos) continue;
        for (std::size_t at = begin + edge.size(); at < line.size();) {
            const std::size_t bytes = static_cast<unsigned char>(line[at]) < 0x80 ? 1 : 3;
            const std::string sign = line.substr(at, bytes);
            if (sign != " ") ++signs[sign];
            at += bytes;
        }
    }
    return signs;
}

TEST(Text, ThousandsOfDotsAreShadedByHowManyThereAre) {
    Figure figure = figure_of(Mark::kDots);
    // A cloud that is dense in the middle and thin at its edge.
    for (int i = 0; i < 10'000; ++i) {
        const double angle = i * 2.399963;
        const double radius = std::pow(i / 10'000.0, 3);
        figure.points.push_back(
            {5 + 4.9 * radius * std::cos(angle), 2 + 1.9 * radius * std::sin(angle)});
    }
    const std::map<std::string, int> ascii = signs_of(figure, false);
    const std::map<std::string, int> blocks = signs_of(figure, true);
    for (const char* sign : {".", ":", "+", "#"}) EXPECT_GT(ascii.count(sign), 0U) << sign;
    for (const char* sign : {"░", "▒", "█"}) EXPECT_GT(blocks.count(sign), 0U) << sign;
    // The densest is one spot, not the whole.
    int cells = 0;
    for (const auto& [sign, count] : ascii) cells += count;
    EXPECT_GT(cells, 200);
    EXPECT_LT(ascii.at("#"), cells / 10);
    // As many dots as can be told apart are dots.
    figure.points.resize(2'000);
    EXPECT_EQ(signs_of(figure, false).size(), 1U);
}

TEST(Text, LabelsOfBarsAreMeasuredInColumns) {
    Figure figure = figure_of(Mark::kBars);
    figure.bars = {{"größe", 0, 10, "a"},
                   {"日本", 0, 10, "b"},
                   {"a name of more than twenty-four columns", 0, 10, "c"}};
    const std::string text = to_text(figure, {.columns = 60, .rows = 5}, false);
    EXPECT_NE(text.find("größe                    |###"), std::string::npos) << text;
    EXPECT_NE(text.find("日本                     |###"), std::string::npos) << text;
    EXPECT_NE(text.find("a name of more than twe… |###"), std::string::npos) << text;
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
