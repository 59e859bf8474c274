#include "cli/run_claim.h"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::cli {
namespace {

TEST(RunClaim, AnIdWhoseFilesAreThereIsTaken) {
    const testing::TempDir ledger;
    ASSERT_TRUE(os::make_dirs(ledger / "artifacts/runs/r"));
    EXPECT_EQ(RunClaim::take("r", ledger.path()).error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(RunClaim::take("..", ledger.path()).error().code(), ErrorCode::kInvalidArgument);
}

TEST(RunClaim, AnIdWhoseEventsAreThereIsTakenAndNothingIsLeft) {
    TestRunLedger ledger;
    ledger.recorder().emit(event::RunHeartbeat{});
    const auto refused = RunClaim::take("r", ledger.root());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_NE(refused.error().message().find("its events are in " + ledger.root() + "/events"),
              std::string::npos)
        << refused.error().message();
    EXPECT_FALSE(os::exists(ledger.root() + "/artifacts/runs/r").value());
    EXPECT_TRUE(RunClaim::take("r2", ledger.root()));
}

TEST(RunClaim, ALedgerThatCannotBeWrittenStopsNoProgram) {
    EXPECT_TRUE(RunClaim::take("r", "/dev/null/ledger"));
}

TEST(RunClaim, WhatIsNotKeptIsGivenBack) {
    const testing::TempDir ledger;
    {
        EXPECT_TRUE(RunClaim::take("r", ledger.path()));
    }
    auto claim = RunClaim::take("r", ledger.path());
    ASSERT_TRUE(claim);
    claim->keep();
    {
        const RunClaim gone = std::move(*claim);
    }
    EXPECT_EQ(RunClaim::take("r", ledger.path()).error().code(), ErrorCode::kAlreadyExists);
}

TEST(RunClaim, OfManyAtOnceOneHasIt) {
    const testing::TempDir ledger;
    for (int round = 0; round < 50; ++round) {
        const std::string run_id = fmt::format("r{}", round);
        std::atomic<int> taken = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                auto claim = RunClaim::take(run_id, ledger.path());
                if (!claim) return;
                claim->keep();
                ++taken;
            });
        }
        for (std::thread& thread : threads) thread.join();
        EXPECT_EQ(taken, 1);
    }
}

}  // namespace
}  // namespace daybook::cli
