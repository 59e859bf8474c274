#include "backtest/position_size.h"

#include <gtest/gtest.h>

#include "backtest/engine.h"
#include "backtest/test_bars.h"

namespace daybook::backtest {
namespace {

Policy policy(const char* json) { return parse_policy(json).value(); }

constexpr const char* kStop = R"({"kind":"fixed_stop","stopPct":0.2})";
constexpr const char* kHold = R"({"kind":"time_stop","maxHoldMs":60000})";
constexpr const char* kTrail = R"({"kind":"trailing_stop","activationPct":0.1,"trailPct":0.1})";

TEST(FirstStop, IsTheNearestThatActsFromTheEntryOn) {
    EXPECT_EQ(first_stop(policy(kStop)), 0.2);
    EXPECT_EQ(first_stop(policy(kHold)), std::nullopt);
    EXPECT_EQ(first_stop(policy(kTrail)), std::nullopt);
    EXPECT_EQ(first_stop(policy(R"({"kind":"trailing_stop","activationPct":0.1,"trailPct":0.1,)"
                                R"("hardStopPct":0.3})")),
              0.3);
    EXPECT_EQ(first_stop(policy(R"({"kind":"ladder","levels":[{"multiple":2,"fraction":1}],)"
                                R"("stopPct":0.4})")),
              0.4);
    const std::string combo = R"({"kind":"combo","policies":[)";
    EXPECT_EQ(first_stop(policy((combo + kHold + "," + kTrail + "]}").c_str())), std::nullopt);
    EXPECT_EQ(
        first_stop(policy(
            (combo + kHold + R"(,{"kind":"fixed_stop","stopPct":0.5},)" + kStop + "]}").c_str())),
        0.2);
}

// The engine's own trade is the reference.
TEST(LossAtStop, IsWhatTheEngineLosesWhereTheStopFillsAtItsLevel) {
    const Bars bars = testing::minute_bars({{1, 1, 1, 1}, {1, 1, 0.7, 0.9}});
    const Trade trade = execute(policy(kStop), bars.view(), {.side_cost = 0.004});
    EXPECT_NEAR(loss_at_stop(0.2, 0.004), -trade.net_bps / 1e4, 1e-12);
}

TEST(PositionFraction, TheStopLosesTheRiskAndNoMore) {
    const double fraction = position_fraction(0.5, 0.01, policy(kStop), 0.004).value();
    EXPECT_NEAR(fraction * loss_at_stop(0.2, 0.004), 0.01, 1e-15);
    EXPECT_EQ(position_fraction(0.01, 0.01, policy(kStop), 0).value(), 0.01);
    EXPECT_EQ(position_fraction(0.5, std::nullopt, policy(kHold), 0).value(), 0.5);
}

TEST(PositionFraction, ARiskNeedsAStop) {
    EXPECT_EQ(position_fraction(0.5, 0.01, policy(kTrail), 0).error().message(),
              "risk: found '0.01', but trailing_stop_0.1_0.1_none has no stop that bounds a loss "
              "from the entry on; give it stopPct or hardStopPct, or leave the risk out");
}

}  // namespace
}  // namespace daybook::backtest
