#include "cli/split_flags.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cli/flags.h"

namespace daybook::cli {
namespace {

Result<backtest::Validation> read(const std::string& arguments) {
    CLI::App app;
    SplitFlags flags;
    flags.declare(app);
    app.parse(arguments);
    return flags.read(7);
}

std::string refused(const std::string& arguments) {
    const auto validation = read(arguments);
    return validation ? "taken" : validation.error().message();
}

TEST(SplitFlags, WithoutThemNothingIsTested) {
    const backtest::Validation validation = read("").value();
    EXPECT_EQ(validation.split, std::nullopt);
    EXPECT_EQ(validation.folds, std::nullopt);
}

TEST(SplitFlags, ASplitTakesTheShareAndTheSeed) {
    EXPECT_EQ(
        read("--split caller --train 0.6").value().split,
        (backtest::SplitSpec{.kind = backtest::SplitKind::kCaller, .train_share = 0.6, .seed = 7}));
    EXPECT_EQ(read("--split time --embargo 2d").value().split,
              (backtest::SplitSpec{.seed = 7, .embargo_ms = 172'800'000}));
}

TEST(SplitFlags, FoldsTakeTheSchemeAndTheEmbargo) {
    EXPECT_EQ(read("--folds 4").value().folds, (backtest::FoldSpec{.folds = 4}));
    EXPECT_EQ(read("--folds 1 --scheme rolling --embargo 90s").value().folds,
              (backtest::FoldSpec{
                  .folds = 1, .scheme = backtest::FoldScheme::kRolling, .embargo_ms = 90'000}));
}

TEST(SplitFlags, WhatDoesNotGoTogetherIsRefused) {
    EXPECT_EQ(refused("--split time --folds 3"),
              "--split, --folds: found both, expected one way to test");
    EXPECT_EQ(refused("--train 0.5"),
              "--train: found without --split, expected --split time, caller or random");
    EXPECT_EQ(refused("--folds 3 --train 0.5"),
              "--train: found without --split, expected --split time, caller or random");
    EXPECT_EQ(refused("--scheme rolling"),
              "--scheme: found without --folds, expected their number");
    for (const char* without : {"--embargo 1d", "--split random --embargo 1d"}) {
        EXPECT_EQ(refused(without),
                  "--embargo: found without --folds or --split time, expected a test that comes "
                  "after the calls chosen on");
    }
}

TEST(SplitFlags, ValuesOutOfRangeAreRefused) {
    for (const char* share : {"0", "1", "-0.5", "nan", "7"}) {
        EXPECT_EQ(
            refused(std::string("--split time --train=") + share),
            std::string("--train: found '") + share + "', expected a share above 0 and below 1");
    }
    EXPECT_EQ(refused("--folds 0"), "--folds: found '0', expected 1 to 1000");
    EXPECT_EQ(refused("--folds 1001"), "--folds: found '1001', expected 1 to 1000");
    EXPECT_EQ(refused("--folds 2 --embargo 5"), "--embargo: found '5', expected a time such as 5d");
    EXPECT_TRUE(refused("--folds 2 --embargo soon").starts_with("--embargo: "));
    EXPECT_EQ(refused("--folds 2 --embargo 0"), "taken");
}

}  // namespace
}  // namespace daybook::cli
