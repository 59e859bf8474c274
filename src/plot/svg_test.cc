#include "plot/svg.h"

#include <cmath>
#include <regex>

#include <gtest/gtest.h>

#include "plot/axis.h"

namespace daybook::plot {
namespace {

// Whether every tag is closed, in order, and no sign stands where XML has none.
bool is_well_formed(const std::string& xml) {
    std::vector<std::string> open;
    for (std::size_t at = 0; at < xml.size();) {
        if (xml[at] == '&') {
            const std::size_t end = xml.find(';', at);
            const std::string name = xml.substr(at, end - at);
            if (name != "&amp" && name != "&lt" && name != "&gt" && name != "&quot") return false;
        }
        if (xml[at] != '<') {
            ++at;
            continue;
        }
        const std::size_t end = xml.find('>', at);
        const std::string tag = xml.substr(at + 1, end - at - 1);
        if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) return false;
        if (tag.find('<') != std::string::npos) return false;
        if (tag.front() == '/') {
            if (open.empty() || open.back() != tag.substr(1)) return false;
            open.pop_back();
        } else if (tag.back() != '/') {
            open.push_back(tag.substr(0, tag.find(' ')));
        }
        at = end + 1;
    }
    return open.empty();
}

Figure spiral(Mark mark, int count) {
    Figure figure{.title = "a <b> & \"c\" \x01", .mark = mark};
    for (int i = 0; i < count; ++i) {
        figure.points.push_back({i * 1.0, std::sin(i * 0.37) * i});
    }
    figure.x = axis_over("x, s", Scale::kNumber, 0, count - 1.0);
    figure.y = axis_over("y, <%>", Scale::kNumber, -1.0 * count, 1.0 * count);
    return figure;
}

void expect_inside(const std::string& svg, double height) {
    static const std::regex kDot("cx=\"([-0-9.]+)\" cy=\"([-0-9.]+)\"");
    static const std::regex kPath("[ML]([-0-9.]+) ([-0-9.]+)");
    std::size_t found = 0;
    for (const std::regex& pattern : {kDot, kPath}) {
        for (std::sregex_iterator it(svg.begin(), svg.end(), pattern), end; it != end; ++it) {
            ++found;
            EXPECT_GE(std::stod((*it)[1]), 96);
            EXPECT_LE(std::stod((*it)[1]), 960 - 36);
            EXPECT_GE(std::stod((*it)[2]), 76);
            EXPECT_LE(std::stod((*it)[2]), height - 64);
        }
    }
    EXPECT_GT(found, 0U);
}

TEST(Svg, WhateverIsDrawnIsWellFormedInsideTheFrameAndSmall) {
    for (const Mark mark : {Mark::kLine, Mark::kDots}) {
        for (const int count : {1, 2, 500, 10'000}) {
            SCOPED_TRACE(count);
            const std::string svg = to_svg(spiral(mark, count));
            EXPECT_TRUE(is_well_formed(svg));
            expect_inside(svg, 540);
            EXPECT_LT(svg.size(), 1'000'000U);
        }
    }
}

TEST(Svg, TextIsEscaped) {
    const std::string svg = to_svg(spiral(Mark::kLine, 2));
    EXPECT_NE(svg.find("a &lt;b&gt; &amp; &quot;c&quot; \\x01"), std::string::npos);
    EXPECT_NE(svg.find("y, &lt;%&gt;"), std::string::npos);
}

TEST(Svg, BarsHaveTheirNameAndNote) {
    Figure figure{.title = "phases", .mark = Mark::kBars};
    figure.x = axis_over("ms", Scale::kNumber, 0, 100);
    figure.bars = {{"plan", 0, 30, "30 ms"}, {"load", 30, 30, "0 ms"}};
    const std::string svg = to_svg(figure);
    EXPECT_TRUE(is_well_formed(svg));
    for (const char* text : {">plan<", ">load<", ">30 ms<", ">0 ms<", "width=\"1.5\""}) {
        EXPECT_NE(svg.find(text), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace daybook::plot
