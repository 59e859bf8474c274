#include "server/interruptions.h"

#include <gtest/gtest.h>

#include "index/builder.h"
#include "query/session.h"
#include "server/test_ledger.h"

namespace daybook::server {
namespace {

using Names = std::vector<std::string>;

class InterruptionsTest : public ::testing::Test {
protected:
    std::vector<RunningRun> running() const {
        EXPECT_TRUE(index::build(ledger_.root()));
        return running_runs(ledger_.root()).value();
    }
    static ledger::OwnerJudge judge() {
        return {
            .self = os::this_process(), .now = system_clock().now(), .heartbeat_ms_max = 60'000};
    }
    static Names names(const std::vector<RunningRun>& runs) {
        Names found;
        for (const RunningRun& run : runs) found.push_back(run.run_id);
        return found;
    }
    static Names names(const std::vector<DeadRun>& runs) {
        Names found;
        for (const DeadRun& dead : runs) found.push_back(dead.run.run_id);
        return found;
    }

    TestLedger ledger_;
};

TEST_F(InterruptionsTest, WithoutASnapshotNothingRuns) {
    EXPECT_EQ(running_runs(ledger_.root()).value().size(), 0u);
}

TEST_F(InterruptionsTest, OnlyTheDeadOwnersAreFound) {
    ledger_.start("alive", os::this_process());
    ledger_.start("dead", TestLedger::dead_owner());
    ledger_.start("ended", TestLedger::dead_owner());
    ledger_.emit("run.completed", "ended", R"("summary":{},"artifact_paths":{})");
    ledger_.emit("run.started", "nobody");
    const std::vector<RunningRun> runs = running();
    EXPECT_EQ(names(runs), (Names{"alive", "dead", "nobody"}));
    EXPECT_EQ(names(find_dead(runs, {}, judge())), Names{"dead"});
}

TEST_F(InterruptionsTest, AMissedHeartbeatCountsForWhoSendsThem) {
    const std::string long_ago = R"("timestamp_ms":1769126400000)";
    for (const char* run : {"sends", "silent"}) ledger_.emit("run.started", run, long_ago);
    ledger_.emit("run.heartbeat", "sends", long_ago);
    ledger_.emit("run.heartbeat", "unknown", long_ago);
    const std::vector<RunningRun> runs = running();
    EXPECT_EQ(names(find_dead(runs, {}, judge())), Names{});
    HeartbeatRuns heartbeats;
    ASSERT_TRUE(find_heartbeats(ledger_.root(), runs, heartbeats));
    EXPECT_TRUE(heartbeats.contains("sends"));
    EXPECT_FALSE(heartbeats.contains("silent"));
    EXPECT_EQ(names(find_dead(runs, heartbeats, judge())), (Names{"sends", "unknown"}));
}

TEST_F(InterruptionsTest, AnInterruptionIsRecordedOnceWithItsEvidenceAndAttempt) {
    ledger_.emit("run.started", "r", R"("attempt":1)");
    const std::string owner = fmt::format(
        R"("attempt":2,"owner":{{"boot_id":"{}","pid_namespace":"{}","pid":{},"pid_start":1}})",
        os::this_process().boot_id, os::this_process().pid_namespace, os::this_process().pid);
    ledger_.emit("run.started", "r", owner);
    const std::vector<DeadRun> dead = find_dead(running(), {}, judge());
    ASSERT_EQ(names(dead), Names{"r"});
    Attempts done;
    EXPECT_EQ(record_interruptions(ledger_.root(), dead, done, system_clock()).value(), 1u);
    EXPECT_EQ(record_interruptions(ledger_.root(), dead, done, system_clock()).value(), 0u);
    EXPECT_EQ(names(running()), Names{});

    query::Session session = query::Session::open(ledger_.root()).value();
    duck::Rows rows = session
                          .query(
                              "SELECT status, attempt, extra ->> '$.evidence.found', "
                              "extra ->> '$.evidence.owner.pid_start' FROM runs_status")
                          .value();
    ASSERT_TRUE(rows.next().value());
    EXPECT_EQ(rows.text(0), "interrupted");
    EXPECT_EQ(rows.text(1), "2");
    EXPECT_TRUE(rows.text(2).ends_with("the owner at tick 1")) << rows.text(2);
    EXPECT_EQ(rows.text(3), "1");
}

}  // namespace
}  // namespace daybook::server
