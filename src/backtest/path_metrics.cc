#include "backtest/path_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backtest/engine.h"
#include "base/check.h"

namespace daybook::backtest {

PathMetrics measure_path(const BarsView& bars, std::int64_t alert_ts_ms, Execution execution,
                         double activity_move) {
    DAYBOOK_CHECK(bars.size > 0 && std::isfinite(bars.close[0]) && bars.close[0] > 0);
    PathMetrics path;
    path.p0 = bars.close[0];
    std::array<double, 3> touch;
    for (std::size_t k = 0; k < touch.size(); ++k) {
        touch[k] = path.p0 * static_cast<double>(k + 2) * (1 - kTouchTolerance);
    }
    const double active_high = path.p0 * (1 + activity_move) * (1 - kTouchTolerance);
    const double active_low = path.p0 * (1 - activity_move) * (1 + kTouchTolerance);

    double peak = -std::numeric_limits<double>::infinity();
    double trough = std::numeric_limits<double>::infinity();
    const std::size_t first = execution == Execution::kStrict ? 1 : 0;
    for (std::size_t i = first; i < bars.size; ++i) {
        peak = std::max(peak, bars.high[i]);
        trough = std::min(trough, bars.low[i]);
        for (std::size_t k = 0; k < touch.size(); ++k) {
            if (path.t_kx_ms[k] || bars.high[i] < touch[k]) continue;
            path.t_kx_ms[k] = bars.ts[i];
            if (k == 0) path.dd_to_2x_bps = (trough / path.p0 - 1) * 1e4;
        }
        if (!path.alert_to_activity_ms &&
            (bars.high[i] >= active_high || bars.low[i] <= active_low)) {
            path.alert_to_activity_ms = bars.ts[i] - alert_ts_ms;
        }
    }
    if (first < bars.size) {
        path.peak_multiple = peak / path.p0;
        path.dd_bps = (trough / path.p0 - 1) * 1e4;
    }
    return path;
}

}  // namespace daybook::backtest
