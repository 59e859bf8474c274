#include "plot/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/text_width.h"
#include "plot/axis.h"
#include "plot/canvas.h"

namespace daybook::plot {
namespace {

constexpr std::size_t kNoteColumns = 12;
constexpr std::size_t kLabelColumnsMax = 24;
constexpr std::size_t kLabelBytesMax = 200;

// Dots on a grid, eight a character: two across, four down.
class Dots {
public:
    Dots(std::size_t columns, std::size_t rows)
        : columns_(columns), rows_(rows), cells_(columns * rows) {}

    std::size_t width() const { return columns_ * 2; }
    std::size_t height() const { return rows_ * 4; }

    // From the left, from below.
    void set(std::size_t x, std::size_t y) {
        x = std::min(x, width() - 1);
        y = height() - 1 - std::min(y, height() - 1);
        // How Unicode numbers the dots of braille.
        static constexpr unsigned kBits[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
        cells_[y / 4 * columns_ + x / 2] |= kBits[y % 4][x % 2];
    }

    std::string row(std::size_t row, bool blocks) const {
        std::string text;
        for (std::size_t i = 0; i < columns_; ++i) {
            const unsigned cell = cells_[row * columns_ + i];
            if (cell == 0) {
                text += ' ';
            } else if (!blocks) {
                text += '*';
            } else {
                // U+2800 and up, in UTF-8.
                text += '\xe2';
                text += static_cast<char>(0xa0 + (cell >> 6));
                text += static_cast<char>(0x80 + (cell & 63));
            }
        }
        return text;
    }

private:
    std::size_t columns_;
    std::size_t rows_;
    std::vector<unsigned> cells_;
};

std::string right_trimmed(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

// The line below the plot, and the ticks' labels below it; a label that has no room is left out.
std::string x_axis(const Figure& figure, std::size_t margin, std::size_t columns, bool blocks) {
    std::string rule;
    for (std::size_t i = 0; i < columns; ++i) rule += blocks ? "─" : "-";
    std::string labels(margin + columns + 1, ' ');
    std::size_t free_from = 0;
    const std::size_t width = figure.x.scale == Scale::kTime ? 20 : 12;
    for (const Tick& tick : ticks_of(figure.x, std::clamp<std::size_t>(columns / width, 4, 9))) {
        const auto at =
            static_cast<std::size_t>(place_on(figure.x, tick.at, static_cast<double>(columns - 1)));
        const std::size_t middle = margin + 1 + at;
        std::size_t begin = middle - std::min(middle, tick.label.size() / 2);
        begin = std::min(begin, labels.size() - std::min(labels.size(), tick.label.size()));
        if (begin < free_from) continue;
        labels.replace(begin, tick.label.size(), tick.label);
        free_from = begin + tick.label.size() + 2;
    }
    return fmt::format("{:{}}{}{}\n{}\n{:{}}{}\n", "", margin, blocks ? "└" : "+", rule,
                       right_trimmed(labels), "", margin + 1, printable(figure.x.title));
}

void draw_line(const Figure& figure, Dots& dots) {
    const auto width = static_cast<double>(dots.width() - 1);
    const auto height = static_cast<double>(dots.height() - 1);
    const std::vector<Point> points = thin_line(figure.points, figure.x, dots.width());
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Point& from = points[i == 0 ? 0 : i - 1];
        const double x0 = place_on(figure.x, from.x, width);
        const double y0 = place_on(figure.y, from.y, height);
        const double dx = place_on(figure.x, points[i].x, width) - x0;
        const double dy = place_on(figure.y, points[i].y, height) - y0;
        const double steps = std::max(1.0, std::ceil(std::max(std::abs(dx), std::abs(dy))));
        for (double step = 0; step <= steps; ++step) {
            dots.set(static_cast<std::size_t>(std::lround(x0 + dx * step / steps)),
                     static_cast<std::size_t>(std::lround(y0 + dy * step / steps)));
        }
    }
}

// Which of `shades` stands for a cell of `count` points: the first for one, the last for `most`.
std::size_t shade_index(std::size_t count, std::size_t most, std::size_t shades) {
    if (most == 1) return 0;
    const double least = shade_of(1, most);
    const double share = (shade_of(count, most) - least) / (1 - least);
    return static_cast<std::size_t>(std::lround(share * static_cast<double>(shades - 1)));
}

// A row of characters, each the darker the more points lie in it.
std::vector<std::string> shaded_rows(const Figure& figure, std::size_t columns, std::size_t rows,
                                     bool blocks) {
    static constexpr std::array<std::string_view, 4> kBlocks = {"░", "▒", "▓", "█"};
    static constexpr std::array<std::string_view, 5> kSigns = {".", ":", "+", "*", "#"};
    const std::span<const std::string_view> shades =
        blocks ? std::span<const std::string_view>(kBlocks) : kSigns;
    const Bins bins = bin_points(figure, columns, rows);
    const std::size_t most = most_in(bins);
    std::vector<std::string> drawn(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            const auto cell = bins.find({column, rows - 1 - row});
            if (cell == bins.end()) {
                drawn[row] += ' ';
                continue;
            }
            drawn[row] += shades[shade_index(cell->second, most, shades.size())];
        }
    }
    return drawn;
}

std::vector<std::string> dotted_rows(const Figure& figure, std::size_t columns, std::size_t rows,
                                     bool blocks) {
    Dots dots(columns, rows);
    if (figure.mark == Mark::kLine) {
        draw_line(figure, dots);
    } else {
        for (const auto& [cell, count] : bin_points(figure, dots.width(), dots.height())) {
            dots.set(cell.first, cell.second);
        }
    }
    std::vector<std::string> drawn;
    for (std::size_t row = 0; row < rows; ++row) drawn.push_back(dots.row(row, blocks));
    return drawn;
}

std::string points_text(const Figure& figure, const TextSize& size, bool blocks) {
    const std::vector<Tick> ticks = ticks_of(figure.y, 5);
    std::size_t margin = 0;
    for (const Tick& tick : ticks) margin = std::max(margin, tick.label.size());
    ++margin;
    const std::size_t columns = size.columns > margin + 21 ? size.columns - margin - 1 : 20;
    const bool shaded = figure.mark == Mark::kDots && figure.points.size() > kDotsMax;
    const std::vector<std::string> drawn = shaded ? shaded_rows(figure, columns, size.rows, blocks)
                                                  : dotted_rows(figure, columns, size.rows, blocks);
    std::vector<std::string> labels(size.rows);
    for (const Tick& tick : ticks) {
        const double below = place_on(figure.y, tick.at, static_cast<double>(size.rows - 1));
        labels[size.rows - 1 - static_cast<std::size_t>(std::lround(below))] = tick.label;
    }
    std::string text = fmt::format("{}\n", printable(figure.y.title));
    for (std::size_t row = 0; row < size.rows; ++row) {
        text += right_trimmed(fmt::format("{:>{}} {}{}", labels[row], margin - 1,
                                          blocks ? "│" : "|", drawn[row])) +
                "\n";
    }
    return text + x_axis(figure, margin, columns, blocks);
}

std::string bars_text(const Figure& figure, const TextSize& size, bool blocks) {
    std::vector<std::string> labels;
    std::size_t margin = 1;
    for (const Bar& bar : figure.bars) {
        labels.push_back(cut_to_width(printable(bar.label, kLabelBytesMax), kLabelColumnsMax));
        margin = std::max(margin, text_width(labels.back()) + 1);
    }
    const std::size_t taken = margin + 1 + kNoteColumns;
    const std::size_t columns = size.columns > taken + 20 ? size.columns - taken : 20;
    std::string text;
    for (std::size_t i = 0; i < figure.bars.size(); ++i) {
        const Bar& bar = figure.bars[i];
        const auto width = static_cast<double>(columns);
        const auto begin =
            std::min(static_cast<std::size_t>(place_on(figure.x, bar.begin, width)), columns - 1);
        const auto end = std::max(
            begin + 1, static_cast<std::size_t>(std::lround(place_on(figure.x, bar.end, width))));
        std::string drawn(begin, ' ');
        for (std::size_t at = begin; at < end; ++at) drawn += blocks ? "█" : "#";
        text += fmt::format("{}{:{}}{}{} {}\n", labels[i], "", margin - text_width(labels[i]),
                            blocks ? "│" : "|", drawn, printable(bar.note));
    }
    return text + x_axis(figure, margin, columns, blocks);
}

}  // namespace

std::string to_text(const Figure& figure, const TextSize& size, bool blocks) {
    std::string text = fmt::format("{}\n", printable(figure.title, 200));
    if (!figure.subtitle.empty()) text += fmt::format("{}\n", printable(figure.subtitle, 200));
    text += "\n";
    return text + (figure.mark == Mark::kBars ? bars_text(figure, size, blocks)
                                              : points_text(figure, size, blocks));
}

}  // namespace daybook::plot
