// A figure as SVG: one file that stands alone, in any browser and on paper.
#pragma once

#include <string>

#include "plot/figure.h"

namespace daybook::plot {

// 960 × 540 pixels (bars: as high as they need), on white.  However many points there are, the file
// stays small: lines are thinned to the pixels, many dots are binned, and the denser the darker.
std::string to_svg(const Figure& figure);

}  // namespace daybook::plot
