#include "backtest/bar_check.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace daybook::backtest {

std::optional<BarFault> check_bar(const BarPrices& bar) {
    const std::pair<const char*, double> prices[] = {
        {"open", bar.open}, {"high", bar.high}, {"low", bar.low}, {"close", bar.close}};
    for (const auto& [name, price] : prices) {
        if (!std::isfinite(price)) return BarFault{fmt::format("{} is not a finite number", name)};
        if (price <= 0) {
            return BarFault{fmt::format("{} is {}, expected a price above 0", name, price)};
        }
    }
    if (bar.low > bar.high) {
        return BarFault{fmt::format("low {} is above high {}", bar.low, bar.high), true};
    }
    for (const auto& [name, price] : {prices[0], prices[3]}) {
        if (price >= bar.low && price <= bar.high) continue;
        return BarFault{
            fmt::format("{} {} lies outside low {} to high {}", name, price, bar.low, bar.high),
            true};
    }
    if (bar.volume && !std::isfinite(*bar.volume)) {
        return BarFault{"volume is not a finite number", true};
    }
    return std::nullopt;
}

}  // namespace daybook::backtest
