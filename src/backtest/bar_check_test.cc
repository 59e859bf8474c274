#include "backtest/bar_check.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

std::string fault(double open, double high, double low, double close,
                  std::optional<double> volume = 1) {
    const auto found = check_bar({open, high, low, close, volume});
    return found ? found->text + (found->usable ? " (usable)" : "") : "";
}

TEST(BarCheck, ABarThatCanBeIsAccepted) {
    EXPECT_EQ(fault(1, 2, 0.5, 1.5), "");
    EXPECT_EQ(fault(1, 1, 1, 1), "");
    EXPECT_EQ(fault(1, 1, 1, 1, std::nullopt), "");
    EXPECT_EQ(fault(1, 1, 1, 1, 0), "");
}

TEST(BarCheck, EveryPriceMustBeFiniteAndAboveZero) {
    const double nan = std::nan("");
    EXPECT_EQ(fault(nan, 2, 1, 1), "open is not a finite number");
    EXPECT_EQ(fault(1, INFINITY, 1, 1), "high is not a finite number");
    EXPECT_EQ(fault(1, 2, nan, 1), "low is not a finite number");
    EXPECT_EQ(fault(1, 2, 1, -INFINITY), "close is not a finite number");
    EXPECT_EQ(fault(0, 2, 1, 1), "open is 0, expected a price above 0");
    EXPECT_EQ(fault(1, 2, -1, 1), "low is -1, expected a price above 0");
}

TEST(BarCheck, PricesMustLieBetweenLowAndHigh) {
    EXPECT_EQ(fault(1, 1, 2, 1), "low 2 is above high 1 (usable)");
    EXPECT_EQ(fault(3, 2, 1, 1), "open 3 lies outside low 1 to high 2 (usable)");
    EXPECT_EQ(fault(1, 2, 1, 0.5), "close 0.5 lies outside low 1 to high 2 (usable)");
}

TEST(BarCheck, AVolumeThatIsGivenMustBeFinite) {
    EXPECT_EQ(fault(1, 1, 1, 1, std::nan("")), "volume is not a finite number (usable)");
}

}  // namespace
}  // namespace daybook::backtest
