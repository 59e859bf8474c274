#include "backtest/outcomes.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/result.h"

namespace daybook::backtest {
namespace {

Trade trade_of(std::size_t policy, std::size_t call) {
    Trade trade;
    trade.net_bps = static_cast<double>(policy * 1'000 + call);
    trade.max_adverse_excursion_bps = -static_cast<double>(call);
    if (call % 2 == 0) trade.tail_capture = 0.5;
    trade.time_exposed_ms = static_cast<std::int64_t>(policy);
    trade.exit_bar = call;
    trade.reason = ExitReason::kHardStop;
    return trade;
}

std::optional<Trade> every_fifth_is_none(std::size_t policy, std::size_t call) {
    if (call % 5 == 0) return std::nullopt;
    return trade_of(policy, call);
}

TEST(OutcomeMatrix, EachPlaceHoldsItsTradeWhateverTheThreads) {
    for (unsigned threads = 1; threads <= 4; ++threads) {
        OutcomeMatrix matrix(3, 101);
        matrix.fill(0, 2, threads, every_fifth_is_none);
        matrix.fill(2, 3, threads, every_fifth_is_none);
        for (std::size_t policy = 0; policy < 3; ++policy) {
            for (std::size_t call = 0; call < 101; ++call) {
                SCOPED_TRACE(fmt::format("{} {} {}", threads, policy, call));
                const TradeOutcome& outcome = matrix.of_policy(policy)[call];
                EXPECT_EQ(outcome.has_trade, call % 5 != 0);
                if (!outcome.has_trade) continue;
                const Trade trade = trade_of(policy, call);
                EXPECT_EQ(outcome.net_bps, trade.net_bps);
                EXPECT_EQ(outcome.mae_bps, trade.max_adverse_excursion_bps);
                EXPECT_EQ(std::isnan(outcome.tail_capture), !trade.tail_capture.has_value());
                EXPECT_EQ(outcome.time_exposed_ms, trade.time_exposed_ms);
                EXPECT_EQ(outcome.exit_bar, trade.exit_bar);
                EXPECT_EQ(outcome.reason, trade.reason);
            }
        }
    }
}

TEST(OutcomeMatrix, PoliciesOutsideTheRangeStayEmpty) {
    OutcomeMatrix matrix(3, 2);
    matrix.fill(1, 2, 1, trade_of);
    EXPECT_FALSE(matrix.of_policy(0)[1].has_trade);
    EXPECT_TRUE(matrix.of_policy(1)[1].has_trade);
    EXPECT_FALSE(matrix.of_policy(2)[0].has_trade);
}

TEST(OutcomeMatrix, AWishToStopLeavesTheRestEmpty) {
    OutcomeMatrix matrix(1, 50);
    int asked = 0;
    matrix.fill(0, 1, 1, trade_of, [&] { return ++asked > 10; });
    EXPECT_TRUE(matrix.of_policy(0)[9].has_trade);
    EXPECT_FALSE(matrix.of_policy(0)[10].has_trade);
}

TEST(OutcomeMatrix, WithoutCallsThereIsNothing) {
    OutcomeMatrix matrix(4, 0);
    matrix.fill(0, 4, 2, trade_of);
    EXPECT_TRUE(matrix.of_policy(3).empty());
}

}  // namespace
}  // namespace daybook::backtest
