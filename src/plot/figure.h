// What is drawn, whatever draws it: plot/svg.h for files, plot/text.h for terminals.
#pragma once

#include <string>
#include <vector>

namespace daybook::plot {

enum class Scale {
    kNumber,
    kTime,  // milliseconds since 1970, shown in UTC
};

// `low` < `high`, both finite: axis_over() makes one.
struct Axis {
    std::string title{};  // with the unit: "net return, %"
    Scale scale = Scale::kNumber;
    double low = 0;
    double high = 1;
};

struct Point {
    double x = 0;
    double y = 0;
    bool operator==(const Point&) const = default;
};

// A stretch on a line of its own, with its name before it and a note behind it.
struct Bar {
    std::string label{};
    double begin = 0;
    double end = 0;
    std::string note{};
};

enum class Mark { kLine, kDots, kBars };

// Points and bars lie inside the axes; of a kLine in the order of x.  kBars has no y axis.
struct Figure {
    std::string title{};
    std::string subtitle{};
    Mark mark = Mark::kLine;
    Axis x{};
    Axis y{};
    std::vector<Point> points{};
    std::vector<Bar> bars{};
};

}  // namespace daybook::plot
