// What a bar must be to be believed.
#pragma once

#include <optional>
#include <string>

namespace daybook::backtest {

// Prices that are not numbers are NaN, an unknown volume is nothing.
struct BarPrices {
    double open = 0;
    double high = 0;
    double low = 0;
    double close = 0;
    std::optional<double> volume;
};

// What is wrong with a bar.
struct BarFault {
    std::string text;     // "low 5 is above high 4"
    bool usable = false;  // the prices are finite and above 0: the engine can compute with them
};

// The first fault, if there is one: a price that is not finite or not above 0, a volume that is not
// finite, a low above the high, an open or close outside of the two.
std::optional<BarFault> check_bar(const BarPrices& bar);

}  // namespace daybook::backtest
