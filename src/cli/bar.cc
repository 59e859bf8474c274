#include "cli/bar.h"

#include <algorithm>
#include <array>

namespace daybook::cli {
namespace {

// One to seven eighths of a column.
constexpr std::array kPartial = {"▏", "▎", "▍", "▌", "▋", "▊", "▉"};

}  // namespace

std::string scale_bar(const Stretch& stretch, int columns, bool blocks) {
    if (columns <= 0) return "";
    const double total = static_cast<double>(std::max<std::int64_t>(stretch.total, 1));
    const double start = std::clamp(static_cast<double>(stretch.start) / total, 0.0, 1.0);
    const double length = std::clamp(static_cast<double>(stretch.length) / total, 0.0, 1.0 - start);
    // Blocks begin at a whole column, so only the end can be finer than one.
    const int first = std::min(static_cast<int>(start * columns), columns - 1);
    const int eighths =
        std::clamp(static_cast<int>(length * columns * 8 + 0.5), 1, (columns - first) * 8);
    std::string bar(static_cast<std::size_t>(first), ' ');
    if (!blocks)
        return bar + std::string(static_cast<std::size_t>((eighths + 4) / 8 + (eighths < 4)), '#');
    for (int i = 0; i < eighths / 8; ++i) bar += "█";
    if (eighths % 8 > 0) bar += kPartial.at(static_cast<std::size_t>(eighths % 8 - 1));
    return bar;
}

}  // namespace daybook::cli
