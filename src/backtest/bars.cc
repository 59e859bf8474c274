#include "backtest/bars.h"

#include <algorithm>

namespace daybook::backtest {

std::size_t first_at_or_after(const BarsView& view, std::int64_t time) {
    const std::int64_t* const found = std::lower_bound(view.ts, view.ts + view.size, time);
    return static_cast<std::size_t>(found - view.ts);
}

}  // namespace daybook::backtest
