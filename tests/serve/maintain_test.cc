// `daybook serve --maintain`: old days become archives while the daemon serves, whatever happens.

#include <signal.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"
#include "os/process.h"
#include "query/session.h"
#include "serve/daemon_process.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

constexpr std::int64_t kFirstMs = 1'769'126'400'000;  // 2026-01-23
constexpr std::int64_t kDayMs = 86'400'000;
constexpr int kDays = 3;

// Three days that are long over, with a run each.
class MaintainTest : public ::testing::Test {
protected:
    MaintainTest() {
        const auto log = ledger::EventLog::open(ledger::LedgerDir(root_)).value();
        for (int day = 0; day < kDays; ++day) {
            const auto add = [&](const std::string& type, const std::string& rest) {
                const auto receipt = log->emit_json(
                    fmt::format(R"({{"event_type":"{}","run_id":"run-{}","timestamp_ms":{}{}}})",
                                type, day, kFirstMs + day * kDayMs, rest));
                EXPECT_TRUE(receipt) << receipt.error().message();
            };
            add("run.started", "");
            for (int i = 0; i < 2'000; ++i) {
                add("trial.recorded",
                    fmt::format(R"(,"trial_id":"t{}","params":{{}},"metrics":{{"x":{}}})", i, i));
            }
            add("run.completed", R"(,"summary":{},"artifact_paths":{})");
        }
    }
    void start(const std::string& run, const std::string& rest = "") const {
        const auto log = ledger::EventLog::open(ledger::LedgerDir(root_)).value();
        const auto receipt = log->emit_json(
            fmt::format(R"({{"event_type":"run.started","run_id":"{}"{}}})", run, rest));
        ASSERT_TRUE(receipt) << receipt.error().message();
    }
    static std::vector<std::string> flags(std::vector<std::string> more = {},
                                          const std::string& period = "0.2") {
        std::vector<std::string> all = {
            "--interval",      "0.1", "--maintain", "--maintain-interval", period,
            "--archive-after", "1d"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    static std::string day_of(int day) { return fmt::format("day=2026-01-{}", 23 + day); }
    bool is_archived(int day) const {
        const bool has_manifest =
            os::exists(root_ + "/archive/" + day_of(day) + "/manifest.json").value_or(false);
        const bool has_part =
            os::exists(root_ + "/events/" + day_of(day) + "/part-000001.jsonl").value_or(true);
        return has_manifest && !has_part;
    }
    int archived_days() const {
        int count = 0;
        for (int day = 0; day < kDays; ++day) count += is_archived(day) ? 1 : 0;
        return count;
    }
    bool all_become_archives(const DaemonProcess& daemon) const {
        const bool came = eventually([&] { return archived_days() == kDays; });
        EXPECT_TRUE(came) << archived_days() << "\n" << daemon.log();
        return came;
    }
    std::string trials() const {
        auto session = query::Session::open(root_, {.threads = 1});
        if (!session) return "";
        auto rows = session->query("SELECT sum(trials)::VARCHAR FROM runs_status");
        if (!rows || !rows->next().value_or(false)) return "";
        return rows->text(0);
    }
    // What the whole log, archives included, comes to.
    std::string digest() const {
        const auto [code, output] =
            run_daybook({"index", "--ledger", root_, "--full-rebuild", "--digest"});
        EXPECT_EQ(code, 0) << output;
        return output;
    }
    void expect_sound(const std::string& digest_before) const {
        const auto [code, output] = run_daybook({"verify", "--ledger", root_});
        EXPECT_EQ(code, 0) << output;
        EXPECT_EQ(digest(), digest_before);
    }

    TempDir dir_;
    std::string root_ = dir_ / "ledger";
};

std::string runs_of(const std::string& task, const std::string& outcome) {
    return fmt::format(R"(daybook_maintain_runs_total{{task="{}",outcome="{}"}})", task, outcome);
}

TEST_F(MaintainTest, OldDaysBecomeArchivesAndNothingElseChanges) {
    const std::string before = digest();
    {
        DaemonProcess daemon(root_, flags());
        ASSERT_TRUE(all_become_archives(daemon));
        EXPECT_EQ(trials(), "6000");
        EXPECT_TRUE(eventually([&] { return daemon.metric(runs_of("archive", "done")) >= 1; }));
        EXPECT_GT(daemon.metric(R"(daybook_maintain_bytes_total{task="archive"})"), 500'000);
        EXPECT_GT(
            daemon.metric(R"(daybook_maintain_last_success_timestamp_seconds{task="archive"})"),
            1.7e9);
        EXPECT_TRUE(eventually([&] { return daemon.metric(runs_of("gc", "idle")) >= 1; }));
        EXPECT_TRUE(eventually([&] { return daemon.metric(runs_of("trash", "idle")) >= 1; }));
        EXPECT_EQ(daemon.metric(runs_of("archive", "failed")), 0);
        EXPECT_NE(daemon.log().find("maintain archive: "), std::string::npos) << daemon.log();
        // What comes for a day that is archived is archived, too.
        start("late", fmt::format(R"(,"timestamp_ms":{})", kFirstMs));
        EXPECT_TRUE(eventually([&] {
            return os::list_dir(root_ + "/archive/" + day_of(0)).value().size() == 3;
        })) << daemon.log();
        daemon.signal(SIGTERM);
        EXPECT_EQ(daemon.wait(30), 0);
    }
    EXPECT_NE(digest(), before) << "there is one run more";
    const auto [code, output] = run_daybook({"verify", "--ledger", root_});
    EXPECT_EQ(code, 0) << output;
}

TEST_F(MaintainTest, WithoutTheFlagNothingIsTouched) {
    const DaemonProcess daemon(root_, {"--interval", "0.1"});
    ASSERT_TRUE(daemon.metric_becomes("daybook_parts_sealed_total", kDays));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_EQ(archived_days(), 0);
    EXPECT_EQ(daemon.metric(runs_of("archive", "done")), -1);
}

TEST_F(MaintainTest, ATermInTheMiddleEndsItSoonAndTheNextOneGoesOn) {
    const std::string before = digest();
    {
        // A day would take a minute, and more.
        DaemonProcess daemon(root_, flags({"--maintain-io", "10KB/s"}));
        ASSERT_TRUE(eventually([&] {
            return daemon.metric("daybook_maintain_working") == 1 &&
                   os::exists(root_ + "/archive").value_or(false);
        })) << daemon.log();
        // It serves meanwhile.
        ASSERT_EQ(daemon.post("/api/v1/sync").status, 200);
        EXPECT_EQ(trials(), "6000");
        const std::int64_t asked_ns = steady_ns();
        daemon.signal(SIGTERM);
        EXPECT_EQ(daemon.wait(30), 0) << daemon.log();
        EXPECT_LT(static_cast<double>(steady_ns() - asked_ns) / 1e9, 2.5);
    }
    EXPECT_LT(archived_days(), kDays);
    const DaemonProcess daemon(root_, flags());
    ASSERT_TRUE(all_become_archives(daemon));
    expect_sound(before);
}

TEST_F(MaintainTest, KilledAnywhereTheNextOneCompletesIt) {
    const std::string before = digest();
    const char* const points[] = {"archive.file_written", "archive.read_back:2",
                                  "archive.file_named",   "archive.manifest_written:2",
                                  "archive.part_moved",   "archive.day_done"};
    int killed = 0;
    for (const char* const point : points) {
        SCOPED_TRACE(point);
        DaemonProcess daemon(root_, flags(), {{"DAYBOOK_KILL_AT", point}});
        if (eventually([&] { return daemon.wait(0) || archived_days() == kDays; }) &&
            daemon.wait(1) == 128 + SIGKILL) {
            ++killed;
        }
    }
    EXPECT_GE(killed, os::kHasKillPoints ? 3 : 0);
    const DaemonProcess daemon(root_, flags());
    ASSERT_TRUE(all_become_archives(daemon));
    expect_sound(before);
}

TEST_F(MaintainTest, APolicyIsCarriedOutHoweverOftenItIsKilledOnTheWay) {
    const char* const policy = R"({"keep_days":1,"keep_last_runs":1,"automatic":true})";
    ASSERT_TRUE(ledger::change_manifest_value(
        ledger::LedgerDir(root_), "retention",
        [&](const auto&) -> Result<std::optional<std::string>> { return policy; }));
    const auto is_done = [&] { return trials() == "0"; };
    for (const char* const point :
         {"retain.journal_written", "retain.event_appended", "retain.file_written",
          "retain.manifest_written", "retain.file_moved", "retain.forgotten"}) {
        SCOPED_TRACE(point);
        DaemonProcess daemon(root_, flags({}, "0.05"), {{"DAYBOOK_KILL_AT", point}});
        EXPECT_TRUE(eventually([&] { return daemon.wait(0) || is_done(); })) << daemon.log();
    }
    const DaemonProcess daemon(root_, flags({}, "0.05"));
    EXPECT_TRUE(eventually(is_done)) << trials() << "\n" << daemon.log();
    EXPECT_TRUE(eventually([&] {
        return !os::exists(root_ + "/archive/_retention.json").value_or(true);
    })) << daemon.log();
    // Its runs are still known, and the log explains what is missing.
    const auto [runs_code, runs] = run_daybook({"runs", "--ledger", root_});
    EXPECT_NE(runs.find("run-0"), std::string::npos) << runs;
    const auto [code, output] = run_daybook({"verify", "--ledger", root_});
    EXPECT_EQ(code, 0) << output;
}

TEST_F(MaintainTest, WhileAnotherMaintainsItWaitsAndServes) {
    const ledger::LedgerDir ledger_dir(root_);
    auto lock = os::LockFile::acquire(ledger_dir.lifecycle_lock_path(), 0);
    ASSERT_TRUE(lock);
    const DaemonProcess daemon(root_, flags());
    ASSERT_TRUE(eventually([&] { return daemon.metric(runs_of("archive", "busy")) >= 2; }))
        << daemon.log();
    EXPECT_EQ(daemon.metric(runs_of("archive", "failed")), 0);
    EXPECT_EQ(archived_days(), 0);
    EXPECT_TRUE(daemon.becomes(200));
    {
        const os::LockFile gone = std::move(*lock);
    }
    EXPECT_TRUE(all_become_archives(daemon));
}

TEST_F(MaintainTest, TwoAtOnceDoEachDayOnce) {
    const std::string before = digest();
    {
        const DaemonProcess daemon(root_, flags());
        // By hand, at the same time, again and again.
        while (archived_days() < kDays) {
            const auto [code, output] =
                run_daybook({"archive", "--ledger", root_, "--older-than", "1d", "--wait", "0"});
            ASSERT_LE(code, 1) << output;
        }
        EXPECT_EQ(daemon.metric(runs_of("archive", "failed")), 0) << daemon.log();
    }
    for (int day = 0; day < kDays; ++day) {
        EXPECT_FALSE(os::exists(root_ + "/archive/" + day_of(day) + "/events-000002.parquet")
                         .value_or(true));
    }
    expect_sound(before);
}

TEST_F(MaintainTest, WhatCannotBeDoneIsSaidAndHindersNothing) {
    // No directory can be made there.
    ASSERT_TRUE(os::write_file_atomic(root_ + "/archive", "in the way"));
    const DaemonProcess daemon(root_, flags());
    ASSERT_TRUE(eventually([&] { return daemon.metric(runs_of("archive", "failed")) >= 2; }))
        << daemon.log();
    EXPECT_NE(daemon.log().find("error   maintain archive: "), std::string::npos) << daemon.log();
    EXPECT_TRUE(eventually([&] { return daemon.metric(runs_of("trash", "idle")) >= 2; }));
    start("new");
    EXPECT_TRUE(daemon.becomes(200));
    ASSERT_TRUE(os::remove_file(root_ + "/archive"));
    EXPECT_TRUE(all_become_archives(daemon));
}

TEST_F(MaintainTest, ItPausesWhileTheLogGrowsFast) {
    std::atomic<bool> stop{false};
    const DaemonProcess daemon(root_,
                               flags({"--maintain-pause", "100KB/s", "--maintain-io", "1MB/s"}));
    std::thread writer([&] {
        const auto log = ledger::EventLog::open(ledger::LedgerDir(root_)).value();
        const std::string text(100'000, 'x');
        while (!stop) {
            EXPECT_TRUE(log->emit_json(
                fmt::format(R"({{"event_type":"run.heartbeat","run_id":"r","text":"{}"}})", text)));
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    });
    EXPECT_TRUE(eventually([&] {
        return daemon.metric("daybook_maintain_paused_seconds_total") > 1;
    })) << daemon.log();
    const int archived = archived_days();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    EXPECT_EQ(archived_days(), archived);
    stop = true;
    writer.join();
    EXPECT_TRUE(all_become_archives(daemon));
}

}  // namespace
}  // namespace daybook::testing
