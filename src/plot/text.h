// A figure in characters, for a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "plot/figure.h"

namespace daybook::plot {

struct TextSize {
    std::size_t columns = 80;  // of the whole, at least 40
    std::size_t rows = 16;     // of the part between the axes; bars take one each
};

// Lines that end in newlines.  `blocks`: with braille dots (2 × 4 a character) and blocks;
// otherwise with signs of ASCII.  Of more than kDotsMax dots (plot/canvas.h) each character is the
// darker the more lie in it: ░▒▓█, or .:+*#.
std::string to_text(const Figure& figure, const TextSize& size, bool blocks);

}  // namespace daybook::plot
