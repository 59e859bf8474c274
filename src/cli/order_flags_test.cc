#include "cli/order_flags.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/flags.h"

namespace daybook::cli {
namespace {

using backtest::CostModel;
using backtest::OrderOptions;

class OrderFlagsTest : public ::testing::Test {
protected:
    OrderFlagsTest() { flags_.declare(app_); }

    Result<OrderOptions> parse(std::vector<std::string> arguments) {
        std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
        app_.parse(arguments);
        return flags_.options();
    }

    CLI::App app_;
    OrderFlags flags_;
};

TEST_F(OrderFlagsTest, WithoutThemOrdersArePlain) {
    EXPECT_EQ(parse({}).value(), OrderOptions{});
    EXPECT_EQ(flags_.taker_fee_bps(), 30);
    EXPECT_EQ(flags_.slippage_bps(), 10);
}

TEST_F(OrderFlagsTest, BecomeOptions) {
    const OrderOptions expected{.cost_model = CostModel::kSqrtImpact,
                                .notional = 1000.0,
                                .impact_k = 50.0,
                                .latency_bars = 2,
                                .reject_rate = 0.1,
                                .reject_seed = 9};
    EXPECT_EQ(parse({"--cost-model", "sqrt-impact", "--notional", "1000", "--impact-k", "50",
                     "--latency-bars", "2", "--reject-rate", "0.1", "--reject-seed", "9"})
                  .value(),
              expected);
}

// A portfolio knows what a call buys for: the model's parameters are its to check.
TEST_F(OrderFlagsTest, WhereStakesAreTheNotionalItIsNeitherShownNorNeeded) {
    CLI::App app;
    OrderFlags flags(Notional::kStake);
    flags.declare(app);
    std::vector<std::string> arguments = {"5", "--fixed-cost", "fixed", "--cost-model"};
    app.parse(arguments);
    EXPECT_EQ(flags.options().value(),
              (OrderOptions{.cost_model = CostModel::kFixed, .fixed_cost = 5.0}));
    EXPECT_EQ(app.help().find("--notional"), std::string::npos);
    EXPECT_NE(app_.help().find("--notional"), std::string::npos);
}

TEST_F(OrderFlagsTest, SlippageBelongsToBps) {
    EXPECT_EQ(parse({"--cost-model", "percentage", "--percentage", "1", "--slippage-bps", "5"})
                  .error()
                  .message(),
              "--slippage-bps: found '5', but the cost model percentage has no use for it; leave "
              "it out");
}

TEST_F(OrderFlagsTest, ASeedWithoutARateIsRefused) {
    EXPECT_EQ(parse({"--reject-seed", "5"}).error().message(),
              "--reject-seed: found '5', but without --reject-rate nothing is rejected");
}

TEST_F(OrderFlagsTest, MistakesNameTheFlag) {
    EXPECT_EQ(parse({"--latency-bars", "-2"}).error().message(),
              "--latency-bars: found '-2', expected a number of bars from 0 to 100000");
}

}  // namespace
}  // namespace daybook::cli
