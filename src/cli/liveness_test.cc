#include "cli/liveness.h"

#include <gtest/gtest.h>

#include "os/process.h"
#include "query/fresh.h"
#include "query/runs.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::cli {
namespace {

std::string started(const std::string& run_id, const os::ProcessIdentity& owner) {
    return fmt::format(
        R"({{"event_type":"run.started","timestamp_ms":1000,"run_id":"{}","owner":{{)"
        R"("machine_id":"{}","boot_id":"{}","pid_namespace":"{}","pid":{},"pid_start":{}}}}})",
        run_id, owner.machine_id, owner.boot_id, owner.pid_namespace, owner.pid, owner.pid_start);
}

// Runs of owners who are alive, dead, and not to be seen from here; and one that has ended.
class LivenessTest : public ::testing::Test {
protected:
    LivenessTest() {
        const os::ProcessIdentity self = os::this_process();
        os::ProcessIdentity dead = self;
        --dead.pid_start;
        os::ProcessIdentity elsewhere = self;
        elsewhere.pid_namespace = "pid:[1]";
        ledger_.append({started("alive", self), started("dead", dead),
                        started("elsewhere", elsewhere), started("ended", dead),
                        R"({"event_type":"run.completed","timestamp_ms":2000,"run_id":"ended",)"
                        R"("summary":{},"artifact_paths":{}})",
                        R"({"event_type":"run.started","timestamp_ms":1000,"run_id":"nobody's"})"});
        fresh_ = std::make_unique<query::FreshSession>(
            testing::value_of(query::open_fresh(ledger_.root())));
    }
    LivenessByRun judged() {
        return testing::value_of(judge_running_runs(fresh_->session, TimestampMs(3000)));
    }

    testing::LedgerLines ledger_;
    std::unique_ptr<query::FreshSession> fresh_;
};

TEST_F(LivenessTest, RunningRunsAreJudgedByTheirProcess) {
    std::string all;
    for (const auto& [run_id, liveness] : judged()) {
        all += fmt::format("{} {}\n", run_id, liveness_word(liveness.state));
    }
    EXPECT_EQ(all, "alive alive\ndead dead\nelsewhere unknown\nnobody's unknown\n");
    EXPECT_NE(judged()["dead"].found.find("is another one"), std::string::npos);
}

TEST_F(LivenessTest, OneRunIsJudgedAlone) {
    const auto one = [&](const char* run_id) {
        return testing::value_of(judge_run(fresh_->session, run_id, TimestampMs(3000)));
    };
    EXPECT_EQ(one("alive")->state, ledger::OwnerState::kAlive);
    EXPECT_EQ(one("dead")->found, judged()["dead"].found);
    EXPECT_FALSE(one("ended"));
    EXPECT_FALSE(one("nobody"));
}

TEST_F(LivenessTest, TheDeadCountAsInterruptedWhereStatusIsAskedFor) {
    query::RunFilter filter{.with_liveness = true};
    for (const auto& [run_id, liveness] : judged()) {
        filter.liveness[run_id] = liveness_word(liveness.state);
    }
    const auto list = [&](const char* status) {
        filter.status = status;
        duck::Rows rows = testing::value_of(query::list_runs(fresh_->session, filter));
        std::string all;
        while (testing::value_of(rows.next())) {
            all += fmt::format("{} {} {}\n", rows.text(0), rows.text(3),
                               rows.is_null(9) ? "-" : rows.text(9));
        }
        return all;
    };
    EXPECT_EQ(list("interrupted"), "dead running dead\n");
    EXPECT_EQ(list("running"),
              "nobody's running unknown\nelsewhere running unknown\nalive running alive\n");
    EXPECT_EQ(list("completed"), "ended completed -\n");
    filter.limit = 10;
    EXPECT_EQ(list("interrupted"), "dead running dead\n");
}

// A condition for each run would be compared with each run.
TEST(LivenessSql, WhatWasJudgedIsWrittenOnce) {
    query::RunFilter filter{.status = "interrupted", .with_liveness = true};
    filter.liveness["some'run"] = "dead";
    for (const bool is_limited : {false, true}) {
        if (is_limited) filter.limit = 3;
        const std::string sql = testing::value_of(query::runs_sql(filter));
        const std::size_t first = sql.find("'some''run'");
        EXPECT_NE(first, std::string::npos) << sql;
        EXPECT_EQ(sql.find("'some''run'", first + 1), std::string::npos) << sql;
    }
}

}  // namespace
}  // namespace daybook::cli
