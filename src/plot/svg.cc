#include "plot/svg.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "base/text_width.h"
#include "plot/axis.h"
#include "plot/canvas.h"

namespace daybook::plot {
namespace {

constexpr double kWidth = 960;
constexpr double kHeight = 540;
constexpr double kTop = 76;
constexpr double kLeftMin = 96;
constexpr double kRight = 36;
// Between what is written and the picture's edge.
constexpr double kEdge = 4;
constexpr double kBottom = 64;
constexpr double kBarRow = 30;
constexpr int kLabelSize = 13;
constexpr int kTickSize = 12;
constexpr double kTickGap = 8;  // between a tick's label and what is beside it
constexpr double kTitleX = 22;  // where the y axis's title stands, turned
constexpr std::size_t kTextBytesMax = 160;
// What fits the width, and the room before the bars.
constexpr std::size_t kTitleBytesMax = 84;
constexpr std::size_t kLabelColumnsMax = 40;

// Dark enough on white for text (4.5:1) and, for the marks, told apart by everybody.
constexpr std::string_view kInk = "#1f2328";
constexpr std::string_view kFaint = "#57606a";
constexpr std::string_view kGrid = "#e4e7eb";
constexpr std::string_view kZero = "#afb8c1";
constexpr std::string_view kMark = "#0b62a4";

constexpr double kCell = 4;

// XML has neither U+FFFE nor U+FFFF, not even escaped: U+FFFD stands for both.
std::string without_noncharacters(std::string text) {
    for (std::size_t at = text.find("\xEF\xBF"); at != text.npos;
         at = text.find("\xEF\xBF", at + 3)) {
        const bool is_one = text[at + 2] == '\xBE' || text[at + 2] == '\xBF';
        if (is_one) text[at + 2] = '\xBD';
    }
    return text;
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : without_noncharacters(printable(text, kTextBytesMax))) {
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default: safe += c; break;
        }
    }
    return safe;
}

// How many pixels text is wide, at most, as the widest of the fonts that are asked for sets it:
// 0.64 of its size for a digit or a letter, less for the signs in numbers and times.
double width_of(std::string_view text, int size) {
    const auto narrow = std::count_if(text.begin(), text.end(), [](char c) {
        return c == '-' || c == ':' || c == '.' || c == ',' || c == ' ';
    });
    const auto signs = static_cast<double>(narrow);
    return size * (0.64 * (static_cast<double>(text_width(text)) - signs) + 0.37 * signs);
}

struct TextStyle {
    std::string_view anchor = "start";
    std::string_view colour = kInk;
    int size = kLabelSize;
    std::string_view more{};
};

class Drawing {
public:
    explicit Drawing(const Figure& figure) : figure_(figure) {
        left_ = figure.mark == Mark::kBars ? bar_margin() : number_margin();
        height_ =
            figure.mark == Mark::kBars
                ? kTop + kBottom +
                      kBarRow * static_cast<double>(std::max<std::size_t>(figure.bars.size(), 1))
                : kHeight;
        right_ = figure.mark == Mark::kBars ? 110 : kRight;
    }

    std::string draw() {
        begin();
        grid();
        switch (figure_.mark) {
            case Mark::kLine: line(); break;
            case Mark::kDots: dots(); break;
            case Mark::kBars: bars(); break;
        }
        svg_ += "</svg>\n";
        return std::move(svg_);
    }

private:
    double plot_width() const { return kWidth - left_ - right_; }
    double plot_height() const { return height_ - kTop - kBottom; }
    double x_of(double value) const { return left_ + place_on(figure_.x, value, plot_width()); }
    double y_of(double value) const {
        return kTop + plot_height() - place_on(figure_.y, value, plot_height());
    }
    double bar_margin() const {
        double widest = 0;
        for (const Bar& bar : figure_.bars) {
            widest = std::max(widest, width_of(label_of(bar), kLabelSize));
        }
        return std::max(90.0, widest + 10 + kEdge);
    }
    // Room for the y axis's labels and, turned, its title before them.
    double number_margin() const {
        double widest = 0;
        for (const Tick& tick : y_ticks())
            widest = std::max(widest, width_of(tick.label, kTickSize));
        return std::max(kLeftMin, kTitleX + 8 + widest + kTickGap);
    }
    std::vector<Tick> y_ticks() const { return ticks_of(figure_.y, 7); }
    static std::string label_of(const Bar& bar) {
        return cut_to_width(printable(bar.label, kTextBytesMax), kLabelColumnsMax);
    }

    void text(double x, double y, std::string_view what, const TextStyle& style) {
        svg_ += fmt::format(
            "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\" font-size=\"{}\"{}>"
            "{}</text>\n",
            x, y, style.anchor, style.colour, style.size, style.more, escaped(what));
    }
    void stroke(double x1, double y1, double x2, double y2, std::string_view colour) {
        svg_ += fmt::format(
            "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" "
            "stroke=\"{}\"/>\n",
            x1, y1, x2, y2, colour);
    }

    void begin() {
        svg_ = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
            "viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" font-family=\"system-ui, "
            "-apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\">\n<title>{2}</title>\n"
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
            kWidth, height_, escaped(figure_.title));
        text(24, 32, printable(figure_.title, kTitleBytesMax),
             {.size = 18, .more = " font-weight=\"600\""});
        text(24, 54, figure_.subtitle, {.colour = kFaint});
    }

    void grid() {
        const double bottom = kTop + plot_height();
        x_grid(bottom);
        if (figure_.mark != Mark::kBars) y_grid(bottom);
        stroke(left_, bottom, left_ + plot_width(), bottom, kFaint);
    }

    // A label that would leave the picture ends at its edge; one that has no room is left out.
    void x_grid(double bottom) {
        double free_from = kEdge;
        // A label of a time with its clock is 130 pixels wide.
        for (const Tick& tick : ticks_of(figure_.x, figure_.x.scale == Scale::kTime ? 6 : 9)) {
            const double x = x_of(tick.at);
            stroke(x, kTop, x, bottom, kGrid);
            const double width = width_of(tick.label, kTickSize);
            const bool leaves = x + width / 2 > kWidth - kEdge;
            const double begin = leaves ? kWidth - kEdge - width : x - width / 2;
            if (begin < free_from) continue;
            free_from = begin + width + kTickGap;
            text(leaves ? kWidth - kEdge : x, bottom + 20, tick.label,
                 {.anchor = leaves ? "end" : "middle", .colour = kFaint, .size = kTickSize});
        }
        text(left_ + plot_width() / 2, height_ - 16, figure_.x.title, {.anchor = "middle"});
    }

    void y_grid(double bottom) {
        for (const Tick& tick : y_ticks()) {
            const double y = y_of(tick.at);
            stroke(left_, y, left_ + plot_width(), y, tick.at == 0 ? kZero : kGrid);
            text(left_ - kTickGap, y + 4, tick.label,
                 {.anchor = "end", .colour = kFaint, .size = kTickSize});
        }
        const double middle = kTop + plot_height() / 2;
        const std::string turned =
            fmt::format(" transform=\"rotate(-90 {:.0f} {:.1f})\"", kTitleX, middle);
        text(kTitleX, middle, figure_.y.title, {.anchor = "middle", .more = turned});
        stroke(left_, kTop, left_, bottom, kFaint);
    }

    void line() {
        const auto columns = static_cast<std::size_t>(plot_width());
        const std::vector<Point> points = thin_line(figure_.points, figure_.x, columns);
        if (points.size() == 1) return dot(x_of(points[0].x), y_of(points[0].y), 3, 1);
        std::string path;
        for (const Point& point : points) {
            path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x_of(point.x),
                                y_of(point.y));
        }
        svg_ += fmt::format(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" "
            "stroke-linejoin=\"round\"/>\n",
            path, kMark);
    }

    void dot(double x, double y, double radius, double opacity) {
        svg_ += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\" "
            "fill-opacity=\"{:.2f}\"/>\n",
            x, y, radius, kMark, opacity);
    }

    void dots() {
        if (figure_.points.size() <= kDotsMax) {
            const double opacity = figure_.points.size() <= 200 ? 0.8 : 0.45;
            for (const Point& point : figure_.points) {
                dot(x_of(point.x), y_of(point.y), 3.5, opacity);
            }
            return;
        }
        const auto columns = static_cast<std::size_t>(plot_width() / kCell);
        const auto rows = static_cast<std::size_t>(plot_height() / kCell);
        const auto counts = bin_points(figure_, columns, rows);
        const std::size_t most = most_in(counts);
        for (const auto& [cell, count] : counts) {
            dot(left_ + (static_cast<double>(cell.first) + 0.5) * kCell,
                kTop + plot_height() - (static_cast<double>(cell.second) + 0.5) * kCell, kCell / 2,
                0.15 + 0.85 * shade_of(count, most));
        }
    }

    void bars() {
        double y = kTop;
        for (const Bar& bar : figure_.bars) {
            const double begin = x_of(bar.begin);
            const double length = std::max(1.5, x_of(bar.end) - begin);
            text(left_ - 10, y + kBarRow / 2 + 4, label_of(bar), {.anchor = "end"});
            svg_ += fmt::format(
                "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
                "fill=\"{}\" rx=\"2\"/>\n",
                begin, y + 6, length, kBarRow - 12, kMark);
            text(begin + length + 8, y + kBarRow / 2 + 4, bar.note, {.colour = kFaint, .size = 12});
            y += kBarRow;
        }
    }

    const Figure& figure_;
    double left_ = 0;
    double right_ = 0;
    double height_ = 0;
    std::string svg_;
};

}  // namespace

std::string to_svg(const Figure& figure) { return Drawing(figure).draw(); }

}  // namespace daybook::plot
