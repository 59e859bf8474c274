#include "plot/svg.h"

#include <cmath>
#include <regex>

#include <fmt/format.h>
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

TEST(Svg, WhatXmlDoesNotHaveIsReplaced) {
    Figure figure = spiral(Mark::kLine, 2);
    figure.title = "a\uFFFEb\uFFFFc\uFFFDd\uFF01";
    const std::string svg = to_svg(figure);
    EXPECT_NE(svg.find(">a\uFFFDb\uFFFDc\uFFFDd\uFF01<"), std::string::npos);
    EXPECT_EQ(svg.find("\uFFFE"), std::string::npos);
    EXPECT_EQ(svg.find("\uFFFF"), std::string::npos);
}

struct Extent {
    double left = 0;
    double right = 0;
    double y = 0;
    std::string text{};
};

// Where the texts lie that are not turned, in DejaVu Sans, the widest of the fonts: of its signs
// digits take 0.636 of the size, '-' 0.361, ':' 0.337, ',' '.' ' ' 0.318.
std::vector<Extent> extents_of(const std::string& svg, const std::string& colour) {
    const std::regex text(
        "<text x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" text-anchor=\"([a-z]+)\" fill=\"" + colour +
        "\" font-size=\"(\\d+)\">([^<]*)<");
    std::vector<Extent> extents;
    for (std::sregex_iterator it(svg.begin(), svg.end(), text), end; it != end; ++it) {
        double width = 0;
        for (const char c : (*it)[5].str()) {
            width += c == '-'                           ? 0.361
                     : c == ':'                         ? 0.337
                     : c == ',' || c == '.' || c == ' ' ? 0.318
                                                        : 0.636;
        }
        width *= std::stod((*it)[4]);
        const double x = std::stod((*it)[1]);
        const std::string anchor = (*it)[3];
        const double left = anchor == "start" ? x : anchor == "end" ? x - width : x - width / 2;
        extents.push_back({left, left + width, std::stod((*it)[2]), (*it)[5]});
    }
    return extents;
}

void expect_labels_in_their_room(const Figure& figure) {
    double end_of_last = 0;
    for (const Extent& label : extents_of(to_svg(figure), "#57606a")) {
        const bool of_subtitle = label.y < 76;
        if (of_subtitle) continue;
        EXPECT_LE(label.right, 960) << label.text;
        const bool of_y = label.y <= 540 - 64 + 4;
        if (of_y) {
            // The axis's title, turned, ends at 26.
            EXPECT_GE(label.left, 26) << label.text;
            continue;
        }
        EXPECT_GT(label.left, end_of_last) << label.text;
        end_of_last = label.right;
    }
    EXPECT_GT(end_of_last, 0);
}

TEST(Svg, LabelsOfTicksStayInThePictureAndApart) {
    const double start = 1.7040672e12;
    for (const double range : {20.0, 7e3, 1e5, 3.9e6, 4e8, 3e10}) {
        for (const double size : {1.0, 1e5, 1.2345e10, 9.87e14}) {
            for (int shift = 0; shift < 20; ++shift) {
                SCOPED_TRACE(fmt::format("{} {} {}", range, size, shift));
                const double begin = start + shift * range / 20;
                Figure figure{.title = "t", .mark = Mark::kLine};
                figure.points = {{begin, -size}, {begin + range, size}};
                figure.x = axis_over("time", Scale::kTime, begin, begin + range);
                figure.y = axis_over("y", Scale::kNumber, -size, size);
                expect_labels_in_their_room(figure);
            }
        }
    }
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
