// `daybook serve` as its users have it: real processes on a real ledger.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "index/builder.h"
#include "os/file.h"
#include "os/process.h"
#include "os/process_look.h"
#include "query/session.h"
#include "serve/daemon_process.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

class ServeTest : public ::testing::Test {
protected:
    ServeTest() { emit("run.started", "first"); }

    void emit(const std::string& type, const std::string& run,
              const std::string& data = "{}") const {
        const auto [code, output] = run_daybook({"emit", "--ledger", root_, "--event-type", type,
                                                 "--run-id", run, "--event-data", data});
        ASSERT_EQ(code, 0) << output;
    }
    // What the published snapshot answers, as any reader of it would see it; "" if there is none.
    std::string ask(const std::string& sql) const {
        auto session = query::Session::open(root_, {.threads = 1});
        if (!session) return "";
        auto rows = session->query(sql);
        if (!rows || !rows->next().value_or(false)) return "";
        return rows->text(0);
    }
    std::string status_of(const std::string& run) const {
        return ask("SELECT status FROM runs_status WHERE run_id = '" + run + "'");
    }
    bool status_becomes(const std::string& run, const std::string& status) const {
        return eventually([&] { return status_of(run) == status; });
    }

    TempDir dir_;
    std::string root_ = dir_ / "ledger";
};

TEST_F(ServeTest, WhatIsEmittedIsInTheSnapshotBySoon) {
    const DaemonProcess daemon(root_);
    ASSERT_TRUE(daemon.becomes(200, R"("status":"ready")"));
    EXPECT_EQ(status_of("first"), "running");
    emit("run.started", "second");
    EXPECT_TRUE(status_becomes("second", "running"));
    emit("run.completed", "second", R"({"summary":{},"artifact_paths":{}})");
    EXPECT_TRUE(status_becomes("second", "completed"));
    EXPECT_EQ(daemon.get("/livez").status, 200);
    EXPECT_EQ(daemon.get("/healthz").status, 200);
    EXPECT_GT(daemon.metric("daybook_watched_directories"), 1);
    EXPECT_TRUE(daemon.metric_becomes("daybook_events_indexed_total", 3));
    EXPECT_EQ(daemon.metric("daybook_lock_errors_total"), 0);
}

TEST_F(ServeTest, PollingFindsTheSameAndNewDaysToo) {
    const DaemonProcess daemon(root_, {"--poll", "--interval", "0.2"});
    ASSERT_TRUE(daemon.becomes(200));
    EXPECT_EQ(daemon.metric("daybook_watched_directories"), 0);
    emit("run.started", "second", R"({"timestamp_ms":1769126400000})");
    EXPECT_TRUE(status_becomes("second", "running"));
}

TEST_F(ServeTest, ANewDayIsWatched) {
    const DaemonProcess daemon(root_, {"--interval", "3600"});
    ASSERT_TRUE(daemon.becomes(200));
    for (const char* run : {"second", "third"}) {
        emit("run.started", run, R"({"timestamp_ms":1769126400000})");
        EXPECT_TRUE(status_becomes(run, "running"));
    }
}

TEST_F(ServeTest, ASyncAnswersWhenEverythingIsVisible) {
    const DaemonProcess daemon(root_);
    ASSERT_TRUE(daemon.becomes(200));
    for (int i = 0; i < 5; ++i) {
        const std::string run = fmt::format("r{}", i);
        emit("run.started", run);
        const HttpAnswer answer = daemon.post("/api/v1/sync");
        ASSERT_EQ(answer.status, 200) << answer.body;
        EXPECT_NE(answer.body.find(R"("digest":")"), std::string::npos) << answer.body;
        EXPECT_EQ(status_of(run), "running");
    }
    EXPECT_EQ(daemon.metric("daybook_syncs_total"), 5);
}

TEST_F(ServeTest, AnIndexThatIsRemovedComesBack) {
    const DaemonProcess daemon(root_, {"--interval", "0.2"});
    ASSERT_TRUE(daemon.becomes(200));
    ASSERT_TRUE(os::remove_tree(root_ + "/index"));
    EXPECT_TRUE(status_becomes("first", "running"));
}

TEST_F(ServeTest, DaysThatAreOverAreSealed) {
    const DaemonProcess daemon(root_, {"--interval", "0.1"});
    ASSERT_TRUE(daemon.becomes(200));
    // Not only at the start.
    emit("run.started", "old", R"({"timestamp_ms":1769126400000})");
    EXPECT_TRUE(daemon.metric_becomes("daybook_parts_sealed_total", 1));
    EXPECT_TRUE(os::exists(root_ + "/events/day=2026-01-23/part-000001.seal.json").value_or(false));
}

TEST_F(ServeTest, ARunIsInterruptedWhenItsOwnerWasKilledAndOnlyThen) {
    const DaemonProcess daemon(root_, {"--interval", "0.2"});
    ASSERT_TRUE(daemon.becomes(200));
    const pid_t owner = ::fork();
    if (owner == 0) {
        ::pause();
        ::_exit(0);
    }
    const os::ProcessIdentity self = os::this_process();
    const auto owned_by = [&](pid_t pid) {
        return fmt::format(R"({{"attempt":2,"owner":{{"host":"h","machine_id":"{}","boot_id":"{}",)"
                           R"("pid_namespace":"{}","pid":{},"pid_start":{}}}}})",
                           self.machine_id, self.boot_id, self.pid_namespace, pid,
                           os::look_at_process(pid).start_ticks.value());
    };
    emit("run.started", "killed", owned_by(owner));
    emit("run.started", "alive", owned_by(::getpid()));
    emit("run.started", "ended", owned_by(owner));
    emit("run.completed", "ended", R"({"attempt":2,"summary":{},"artifact_paths":{}})");
    ASSERT_TRUE(status_becomes("ended", "completed"));
    EXPECT_EQ(status_of("killed"), "running");
    // Not waited for: a zombie is dead.
    ::kill(owner, SIGKILL);
    EXPECT_TRUE(status_becomes("killed", "interrupted")) << daemon.log();
    EXPECT_EQ(status_of("alive"), "running");
    EXPECT_EQ(status_of("ended"), "completed");
    EXPECT_EQ(status_of("first"), "running");
    EXPECT_EQ(ask("SELECT attempt FROM runs_status WHERE run_id = 'killed'"), "2");
    const std::string found =
        ask("SELECT extra ->> '$.evidence.found' FROM runs_status WHERE run_id = 'killed'");
    EXPECT_NE(found.find(fmt::format("process {}", owner)), std::string::npos) << found;
    EXPECT_EQ(daemon.metric("daybook_runs_interrupted_total"), 1);
    ASSERT_EQ(::waitpid(owner, nullptr, 0), owner);
    // Once, however often it is looked at again.
    ::usleep(600'000);
    EXPECT_EQ(daemon.metric("daybook_runs_interrupted_total"), 1);
}

TEST_F(ServeTest, AFullDiskAndDamageAreReasonsNotToBeReady) {
    {
        const DaemonProcess daemon(root_, {"--disk-free-min", "1000000GiB"});
        ASSERT_TRUE(daemon.becomes(503, R"("name":"disk_nearly_full")"));
    }
    const DaemonProcess daemon(root_);
    ASSERT_TRUE(daemon.becomes(200));
    const std::string day = root_ + "/events/day=2026-01-23";
    ASSERT_TRUE(os::make_dirs(day));
    std::ofstream(day + "/part-000001.jsonl") << "{\"event_type\":\"run.star\n";
    ASSERT_TRUE(daemon.becomes(503, R"("name":"log_damaged")"));
    EXPECT_EQ(daemon.metric("daybook_open_damage_lines"), 1);
    (void)run_daybook({"repair", "--ledger", root_});  // It has findings, so it exits with 1.
    EXPECT_TRUE(daemon.becomes(200));
}

TEST_F(ServeTest, ALedgerThatCannotBeIndexedAnyMoreIsAReason) {
    const DaemonProcess daemon(root_, {"--lag-max", "0.5"});
    ASSERT_TRUE(daemon.becomes(200));
    const std::string manifest = root_ + "/ledger.json";
    const std::string good = os::read_file(manifest, 10'000).value();
    emit("run.started", "second");
    ASSERT_TRUE(status_becomes("second", "running"));
    ASSERT_TRUE(os::write_file_atomic(manifest, "{"));
    const std::string day = root_ + "/events/day=2026-01-23";
    ASSERT_TRUE(os::make_dirs(day));
    std::ofstream(day + "/part-000001.jsonl")
        << R"({"event_type":"run.started","event_id":"1_00000001","timestamp_ms":1,"run_id":"x"})"
        << "\n";
    EXPECT_TRUE(daemon.becomes(503, R"("name":"index_error")"));
    EXPECT_TRUE(daemon.becomes(503, R"("name":"index_lag")"));
    ASSERT_TRUE(os::write_file_atomic(manifest, good));
    EXPECT_TRUE(daemon.becomes(200));
    EXPECT_EQ(status_of("x"), "running");
}

TEST_F(ServeTest, MetricsPassPromtool) {
    const DaemonProcess daemon(root_, {"--maintain"});
    ASSERT_TRUE(daemon.becomes(200));
    ASSERT_EQ(daemon.post("/api/v1/sync").status, 200);
    ASSERT_EQ(daemon.get("/nowhere").status, 404);
    const HttpAnswer page = daemon.get("/metrics");
    ASSERT_EQ(page.status, 200);
    ASSERT_TRUE(os::write_file_atomic(dir_ / "metrics", page.body));
    const std::string command =
        fmt::format("PATH=$PATH:{1} promtool check metrics < {0}/metrics > {0}/verdict 2>&1",
                    dir_.path(), DAYBOOK_PROMTOOL_DIR);
    EXPECT_EQ(std::system(command.c_str()), 0)
        << os::read_file(dir_ / "verdict", 100'000).value_or("");
    EXPECT_EQ(os::read_file(dir_ / "verdict", 100'000).value_or("?"), "");
    EXPECT_EQ(daemon.metric(R"(daybook_http_requests_total{path="other",code="404"})"), 1);
}

TEST_F(ServeTest, BadRequestsHarmNothing) {
    DaemonProcess daemon(root_);
    ASSERT_TRUE(daemon.becomes(200));
    EXPECT_EQ(daemon.get("/readyz/").status, 404);
    EXPECT_EQ(daemon.get("/%2e%2e/ledger.json").status, 404);
    EXPECT_EQ(daemon.post("/livez").status, 405);
    EXPECT_EQ(daemon.get("/" + std::string(20'000, 'x')).status, 414);
    EXPECT_EQ(daemon.post("/api/v1/sync", std::string(3'000'000, 'x')).status, 413);
    EXPECT_EQ(daemon.get("/livez").status, 200);
    EXPECT_EQ(daemon.wait(0), std::nullopt);
}

}  // namespace
}  // namespace daybook::testing
