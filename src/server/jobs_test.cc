#include "server/jobs.h"

#include <fstream>

#include <gtest/gtest.h>

#include "index/index_layout.h"
#include "ledger/repair.h"
#include "os/file.h"
#include "os/lock.h"
#include "server/test_ledger.h"

namespace daybook::server {
namespace {

class JobsTest : public ::testing::Test {
protected:
    Stats stats() const { return board_.stats(); }

    TestLedger ledger_;
    Board board_;
    Pulse pulse_;
    os::UniqueFd nowhere_ = os::open_fd("/dev/null", O_WRONLY).value();
    DaemonLog log_{{.verbose = true, .fd = nowhere_.get()}};
    std::atomic<bool> cancelled_{false};
    JobContext context_{.root = ledger_.root(),
                        .board = board_,
                        .pulse = pulse_,
                        .log = log_,
                        .clock = system_clock(),
                        .cancelled = cancelled_};
};

TEST_F(JobsTest, ABuildIsNoted) {
    ledger_.emit("run.started", "r");
    ASSERT_TRUE(run_build(context_));
    EXPECT_TRUE(stats().indexed_once);
    EXPECT_EQ(stats().events_indexed, 1u);
    EXPECT_EQ(stats().generation, 1u);
    EXPECT_GT(stats().snapshot_bytes, 0u);
    EXPECT_EQ(stats().publications.count(), 1u);
    ASSERT_TRUE(run_build(context_));
    EXPECT_EQ(stats().builds.count(), 2u);
    EXPECT_EQ(stats().publications.count(), 1u);
}

TEST_F(JobsTest, ABuildThatIsCancelledIsNoError) {
    ledger_.emit("run.started", "r");
    cancelled_ = true;
    EXPECT_EQ(run_build(context_).error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(stats().build_errors, 0u);
}

TEST_F(JobsTest, AnErrorIsNotedUntilABuildEndsWell) {
    ledger_.emit("run.started", "r");
    const std::string manifest = ledger::LedgerDir(ledger_.root()).manifest_path();
    const std::string good = os::read_file(manifest, 10'000).value();
    ASSERT_TRUE(os::write_file_atomic(manifest, "{\"format\":99}"));
    EXPECT_FALSE(run_build(context_));
    EXPECT_EQ(stats().build_errors, 1u);
    EXPECT_NE(stats().build_error, "");
    ASSERT_TRUE(os::write_file_atomic(manifest, good));
    ASSERT_TRUE(run_build(context_));
    EXPECT_EQ(stats().build_error, "");
}

TEST_F(JobsTest, ALockThatIsHeldIsWaitedForAndCounted) {
    ledger_.emit("run.started", "r");
    const index::IndexLayout layout(ledger_.root());
    ASSERT_TRUE(os::make_dirs(layout.index_dir()));
    std::optional<os::LockFile> lock = os::LockFile::acquire(layout.lock_path(), 0).value();
    std::thread holder([&] {
        for (int i = 0; i < 30'000 && stats().lock_waits == 0; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        lock.reset();
    });
    EXPECT_TRUE(run_build(context_));
    holder.join();
    EXPECT_EQ(stats().lock_waits, 1u);
    EXPECT_EQ(stats().lock_errors, 0u);
}

TEST_F(JobsTest, DamageIsOpenUntilARepairHasDealtWithIt) {
    const std::string day = ledger_.root() + "/events/day=2026-01-01";
    ASSERT_TRUE(os::make_dirs(day));
    // The second line is whole, and no event: it is no damage of the log.
    std::ofstream(day + "/part-000001.jsonl") << "{\"broken\n{\"a\":1}\nnonsense\n";
    ASSERT_TRUE(run_build(context_));
    ASSERT_TRUE(look_at_damage(context_));
    EXPECT_EQ(stats().open_damage, 2u);
    EXPECT_EQ(stats().first_damage, "day=2026-01-01/part-000001:0");

    const auto repaired = ledger::repair(ledger::LedgerDir(ledger_.root()), {});
    ASSERT_TRUE(repaired) << repaired.error().message();
    ASSERT_TRUE(run_build(context_));
    const Status looked = look_at_damage(context_);
    ASSERT_TRUE(looked) << looked.error().message();
    EXPECT_EQ(stats().open_damage, 0u) << stats().first_damage;
}

TEST_F(JobsTest, SealsWhatIsDueAndNothingElse) {
    ledger_.emit("run.started", "r");
    ASSERT_TRUE(run_sealer(context_));
    EXPECT_EQ(stats().parts_sealed, 0u);
    const std::string day = ledger_.root() + "/events/day=2026-01-01";
    ASSERT_TRUE(os::make_dirs(day));
    std::ofstream(day + "/part-000001.jsonl") << "{\"a\":1}\n";
    ASSERT_TRUE(run_sealer(context_));
    EXPECT_EQ(stats().parts_sealed, 1u);
    EXPECT_TRUE(os::exists(day + "/part-000001.seal.json").value());
    ASSERT_TRUE(run_sealer(context_));
    EXPECT_EQ(stats().parts_sealed, 1u);
}

TEST_F(JobsTest, ARunThatHasEndedMeanwhileIsNotInterrupted) {
    ledger_.start("r", TestLedger::dead_owner());
    ledger_.start("ended", TestLedger::dead_owner());
    ASSERT_TRUE(run_build(context_));
    // Not indexed yet: only who looks into the log knows it.
    ledger_.emit("run.completed", "ended", R"("summary":{},"artifact_paths":{})");
    const Attempts suspects = {{"r", 1}, {"ended", 1}};
    Attempts done;
    ASSERT_EQ(run_interruptions(context_, suspects, {}, 1000, done)->size(), 0u);
    EXPECT_EQ(done, (Attempts{{"r", 1}}));
    ASSERT_EQ(run_interruptions(context_, suspects, {}, 1000, done)->size(), 0u);
    EXPECT_EQ(stats().runs_interrupted, 1u);
}

TEST_F(JobsTest, AnOwnerWhoDiesMeanwhileIsJudgedTheNextTime) {
    ledger_.start("suspect", TestLedger::dead_owner());
    ledger_.start("later", TestLedger::dead_owner());
    Attempts done;
    ASSERT_EQ(run_interruptions(context_, {{"suspect", 1}}, {}, 1000, done)->size(), 1u);
    EXPECT_EQ(done, (Attempts{{"suspect", 1}}));
}

TEST_F(JobsTest, AStopEndsTheWaitForALock) {
    ledger_.emit("run.started", "r");
    const index::IndexLayout layout(ledger_.root());
    ASSERT_TRUE(os::make_dirs(layout.index_dir()));
    const os::LockFile lock = os::LockFile::acquire(layout.lock_path(), 0).value();
    std::thread stopper([&] {
        for (int i = 0; i < 30'000 && stats().lock_waits == 0; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        cancelled_ = true;
    });
    EXPECT_EQ(run_build(context_).error().code(), ErrorCode::kCancelled);
    stopper.join();
    EXPECT_EQ(stats().build_errors, 0u);
    EXPECT_EQ(stats().lock_errors, 0u);
}

}  // namespace
}  // namespace daybook::server
