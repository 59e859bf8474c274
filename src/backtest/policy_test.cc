#include "backtest/policy.h"

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

std::string id_of(const std::string& json) {
    const auto policy = parse_policy(json);
    return policy ? policy_id(*policy) : policy.error().message();
}

TEST(PolicyId, SaysKindAndParametersInDeclaredOrder) {
    EXPECT_EQ(id_of(R"({"kind":"fixed_stop","stopPct":0.2})"), "fixed_stop_0.2_none");
    EXPECT_EQ(id_of(R"({"takeProfitPct":1.0,"stopPct":0.05,"kind":"fixed_stop"})"),
              "fixed_stop_0.05_1");
    EXPECT_EQ(id_of(R"({"kind":"time_stop","maxHoldMs":120000})"), "time_stop_120000_none");
    EXPECT_EQ(id_of(R"({"kind":"trailing_stop","activationPct":0.2,"trailPct":0.1})"),
              "trailing_stop_0.2_0.1_none");
    EXPECT_EQ(id_of(R"({"kind":"ladder","levels":[{"multiple":2,"fraction":0.5},
                        {"multiple":3,"fraction":0.3}],"stopPct":0.2})"),
              "ladder_2x0.5-3x0.3_0.2");
    EXPECT_EQ(id_of(R"({"kind":"combo","policies":[{"kind":"fixed_stop","stopPct":0.2},
                        {"kind":"time_stop","maxHoldMs":60000}]})"),
              "combo_(fixed_stop_0.2_none)_(time_stop_60000_none)");
}

TEST(PolicyId, NumbersAreTheirShortestDecimals) {
    EXPECT_EQ(id_of(R"({"kind":"fixed_stop","stopPct":0.1000000000000000055511151231257827})"),
              "fixed_stop_0.1_none");
    EXPECT_EQ(id_of(R"({"kind":"fixed_stop","stopPct":0.30000000000000004})"),
              "fixed_stop_0.30000000000000004_none");
}

TEST(PolicyId, ALongOneIsItsHash) {
    Combo combo;
    for (int i = 1; i <= 40; ++i) {
        combo.policies.push_back({FixedStop{.stop_pct = i / 100.0, .take_profit_pct = {}}});
    }
    const std::string id = policy_id({combo});
    EXPECT_EQ(id.size(), std::string("combo_").size() + 32);
    combo.policies.pop_back();
    EXPECT_NE(policy_id({combo}), id);
}

TEST(Policy, TheLongestHoldIsThatOfAnyPart) {
    EXPECT_EQ(longest_hold_ms(*parse_policy(R"({"kind":"fixed_stop","stopPct":0.2})")), 0);
    EXPECT_EQ(longest_hold_ms(*parse_policy(
                  R"({"kind":"combo","policies":[{"kind":"time_stop","maxHoldMs":5},
                      {"kind":"combo","policies":[{"kind":"time_stop","maxHoldMs":9}]}]})")),
              9);
}

}  // namespace
}  // namespace daybook::backtest
