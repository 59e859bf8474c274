#include "backtest/optimize_options.h"

#include <cmath>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

class OptimizeOptionsTest : public ::testing::Test {
protected:
    OptimizeOptionsTest() {
        options_.spaces = {{"test", parse_space(R"({"grids":[{"kind":"fixed_stop",
            "stopPct":[0.02,0.05,0.1],"takeProfitPct":[0.03,"none"]}]})")
                                        .value()}};
    }

    // What is said of the options once `change` has been made.
    std::string refusal(const auto& change) {
        OptimizeOptions changed = options_;
        change(changed);
        const Status checked = check_optimize_options(changed);
        return checked ? "" : checked.error().message();
    }

    OptimizeOptions options_;
};

TEST_F(OptimizeOptionsTest, AGridOfPoliciesIsTaken) {
    EXPECT_EQ(refusal([](auto&) {}), "");
    EXPECT_EQ(searched(options_).ids.size(), 6u);
}

TEST_F(OptimizeOptionsTest, TrialsAreThoseOfARandomSearch) {
    EXPECT_EQ(refusal([](auto& o) { o.trials = 3; }),
              "trials: found 3 with search grid, which tries every policy; expected search random");
    EXPECT_EQ(refusal([](auto& o) { o.search = SearchKind::kRandom; }),
              "trials: missing, expected how many of the 6 policies search random draws");
    for (const std::int64_t trials : {-1, 0, 7}) {
        EXPECT_EQ(refusal([&](auto& o) {
                      o.search = SearchKind::kRandom;
                      o.trials = trials;
                  }),
                  fmt::format("trials: found {}, expected 1 to 6, the number of policies in the "
                              "spaces",
                              trials));
    }
}

TEST_F(OptimizeOptionsTest, CostsAndConstraintsHaveTheirRanges) {
    EXPECT_EQ(refusal([](auto& o) { o.taker_fee_bps = -1; }),
              "taker-fee-bps: found '-1', expected 0 to 5000 bps");
    EXPECT_EQ(refusal([](auto& o) { o.slippage_bps = NAN; }),
              "slippage-bps: found 'nan', expected 0 to 5000 bps");
    EXPECT_EQ(refusal([](auto& o) { o.constraints = Constraints{.max_losing_stop_rate = -1}; }),
              "max-losing-stop-rate: found '-1', expected a share from 0 to 1");
}

TEST_F(OptimizeOptionsTest, ACallersSearchIsNotTested) {
    EXPECT_EQ(refusal([](auto& o) {
                  o.by_caller = true;
                  o.validation.folds = FoldSpec{};
              }),
              "by: found together with folds, expected one of them: a caller's search is not "
              "tested");
}

// Spaces may be filled by hand: what no reader of JSON lets through would stop the process.
TEST_F(OptimizeOptionsTest, PoliciesMustBeOnesThatTheEngineTakes) {
    EXPECT_EQ(refusal([](auto& o) { o.spaces.clear(); }),
              "space: found none, expected at least one");
    EXPECT_NE(refusal([](auto& o) { o.spaces.push_back({"x", {Policy{Combo{}}}}); }), "");
    EXPECT_NE(refusal([](auto& o) { o.spaces.push_back({"x", {Policy{Ladder{}}}}); }), "");
    EXPECT_NE(refusal([](auto& o) { o.spaces.push_back({"x", {Policy{FixedStop{0, {}}}}}); }), "");
}

}  // namespace
}  // namespace daybook::backtest
