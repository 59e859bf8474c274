#include "lifecycle/maintain.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ledger/event_log.h"
#include "ledger/manifest.h"
#include "ledger/sealer.h"
#include "lifecycle/policy.h"
#include "os/file.h"
#include "os/lock.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstMs = 1'769'126'400'000;  // 2026-01-23

// Two sealed days that are long over.
class MaintainTest : public ::testing::Test {
protected:
    MaintainTest() {
        const auto log = ledger::EventLog::open(dir_, {.background = false}).value();
        for (int day = 0; day < 2; ++day) {
            EXPECT_TRUE(log->emit_json(
                fmt::format(R"({{"event_type":"run.started","run_id":"r","timestamp_ms":{}}})",
                            kFirstMs + day * kDayMs)));
        }
    }
    // The run of the two days has ended.
    void complete() {
        const auto log = ledger::EventLog::open(dir_, {.background = false}).value();
        EXPECT_TRUE(log->emit_json(
            fmt::format(R"({{"event_type":"run.completed","run_id":"r","timestamp_ms":{},)"
                        R"("summary":{{}},"artifact_paths":{{}}}})",
                        kFirstMs + kDayMs + 1)));
    }
    void seal() { ASSERT_TRUE(ledger::seal_parts(dir_, {.clock = &clock_})); }
    Pace pace(bool stopped = false) {
        return {{},
                {.clock = clock_,
                 .appended = [] { return std::uint64_t{0}; },
                 .rest = [stopped](std::int64_t) { return !stopped; }}};
    }
    Deed perform(Task task) {
        Pace free = pace();
        return maintain(dir_, task, {}, free, clock_);
    }
    bool is_there(const std::string& place) const {
        return testing::value_of(os::exists(dir_.root() + "/" + place));
    }

    testing::TempDir temp_;
    ledger::LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{TimestampMs(kFirstMs + 30 * kDayMs)};
};

TEST_F(MaintainTest, ArchivesWhatIsOldEnoughOnce) {
    seal();
    const Deed deed = perform(Task::kArchive);
    EXPECT_EQ(deed.outcome, Outcome::kDone) << deed.text;
    EXPECT_TRUE(deed.text.starts_with("2 days, 2 parts, ")) << deed.text;
    EXPECT_GT(deed.bytes, 200u);
    EXPECT_TRUE(is_there("archive/day=2026-01-24/manifest.json"));
    EXPECT_EQ(perform(Task::kArchive).outcome, Outcome::kIdle);
}

TEST_F(MaintainTest, ADayThatIsNotOldEnoughStays) {
    seal();
    clock_.step_to(TimestampMs(kFirstMs + 8 * kDayMs + 1));
    EXPECT_EQ(perform(Task::kArchive).outcome, Outcome::kDone);
    EXPECT_TRUE(is_there("archive/day=2026-01-23/manifest.json"));
    EXPECT_FALSE(is_there("archive/day=2026-01-24"));
}

TEST_F(MaintainTest, WhatIsNotSealedIsNothingToDo) {
    EXPECT_EQ(perform(Task::kArchive).outcome, Outcome::kIdle);
    EXPECT_FALSE(is_there("archive/day=2026-01-23"));
}

TEST_F(MaintainTest, WithoutAPolicyNothingIsDeleted) {
    seal();
    ASSERT_EQ(perform(Task::kArchive).outcome, Outcome::kDone);
    EXPECT_EQ(perform(Task::kRetain).outcome, Outcome::kIdle);
    EXPECT_EQ(perform(Task::kCollect).outcome, Outcome::kIdle);
}

TEST_F(MaintainTest, APolicyIsCarriedOutOnlyIfItSaysSo) {
    complete();
    seal();
    ASSERT_EQ(perform(Task::kArchive).outcome, Outcome::kDone);
    for (const char* const automatic : {"false", "true"}) {
        SCOPED_TRACE(automatic);
        testing::expect_ok(ledger::change_manifest_value(
            dir_, kRetentionKey, [&](const auto&) -> Result<std::optional<std::string>> {
                return fmt::format(R"({{"keep_days":1,"summaries":"drop","automatic":{}}})",
                                   automatic);
            }));
        const Deed deed = perform(Task::kRetain);
        const bool acts = std::string_view(automatic) == "true";
        EXPECT_EQ(deed.outcome, acts ? Outcome::kDone : Outcome::kIdle) << deed.text;
    }
    EXPECT_EQ(perform(Task::kRetain).outcome, Outcome::kIdle);
}

TEST_F(MaintainTest, WhatNoEventNamesGoesToTheTrash) {
    const std::string stray = dir_.root() + "/artifacts/runs/nobody/a.parquet";
    testing::expect_ok(os::make_dirs(os::parent_path(stray)));
    testing::expect_ok(os::write_file_atomic(stray, "12345"));
    // What is young may be somebody's whose event is on its way.
    const std::int64_t now = system_clock().now().value();
    clock_.step_to(TimestampMs(now));
    EXPECT_EQ(perform(Task::kCollect).outcome, Outcome::kIdle);
    clock_.step_to(TimestampMs(now + 2 * kDayMs));
    const Deed deed = perform(Task::kCollect);
    EXPECT_EQ(deed.outcome, Outcome::kDone) << deed.text;
    EXPECT_EQ(deed.bytes, 5u);
    EXPECT_FALSE(is_there("artifacts/runs/nobody"));
}

TEST_F(MaintainTest, WhatAnEventNamesAfterAllIsStillInTheTrashWhenACollectionComes) {
    const std::string place = "artifacts/runs/nobody/a.parquet";
    const std::string stray = dir_.root() + "/" + place;
    testing::expect_ok(os::make_dirs(os::parent_path(stray)));
    testing::expect_ok(os::write_file_atomic(stray, "12345"));
    clock_.step_to(TimestampMs(system_clock().now().value() + 2 * kDayMs));
    ASSERT_EQ(perform(Task::kCollect).outcome, Outcome::kDone);
    {
        const auto log = ledger::EventLog::open(dir_, {.background = false}).value();
        EXPECT_TRUE(log->emit_json(R"({"event_type":"run.completed","run_id":"r","summary":{},)"
                                   R"("artifact_paths":{"a":"artifacts/runs/nobody/a.parquet"}})"));
    }
    clock_.advance_ms(kDayMs + 1);
    EXPECT_EQ(perform(Task::kTrash).outcome, Outcome::kIdle);
    EXPECT_FALSE(is_there(place));
    EXPECT_EQ(perform(Task::kCollect).outcome, Outcome::kDone);
    EXPECT_TRUE(is_there(place));
}

TEST_F(MaintainTest, ThePartsGoAfterADay) {
    seal();
    ASSERT_EQ(perform(Task::kArchive).outcome, Outcome::kDone);
    EXPECT_EQ(perform(Task::kTrash).outcome, Outcome::kIdle);
    clock_.advance_ms(kDayMs);
    EXPECT_EQ(perform(Task::kTrash).outcome, Outcome::kDone);
    EXPECT_TRUE(testing::value_of(os::list_dir(dir_.trash_dir())).empty());
}

TEST_F(MaintainTest, AnotherHolderIsNoFailure) {
    seal();
    const auto lock = os::LockFile::acquire(dir_.lifecycle_lock_path(), 0);
    ASSERT_TRUE(lock);
    for (const Task task : {Task::kArchive, Task::kCollect, Task::kTrash}) {
        const Deed deed = perform(task);
        EXPECT_EQ(deed.outcome, Outcome::kBusy);
        EXPECT_NE(deed.text.find("held by pid"), std::string::npos) << deed.text;
    }
}

TEST_F(MaintainTest, WhatIsInTheWayIsAFailureThatSaysSo) {
    seal();
    testing::expect_ok(os::write_file_atomic(dir_.archive_dir(), "in the way"));
    const Deed deed = perform(Task::kArchive);
    EXPECT_EQ(deed.outcome, Outcome::kFailed);
    EXPECT_NE(deed.text.find(dir_.archive_dir()), std::string::npos) << deed.text;
}

TEST_F(MaintainTest, ADamagedPartIsAFailureAndOtherDaysGoOn) {
    seal();
    const std::string part = dir_.root() + "/events/day=2026-01-23/part-000001.jsonl";
    std::string bytes = testing::value_of(os::read_file(part, 10'000));
    bytes[3] ^= 1;
    testing::expect_ok(os::write_file_atomic(part, bytes));
    const Deed deed = perform(Task::kArchive);
    EXPECT_EQ(deed.outcome, Outcome::kFailed);
    EXPECT_NE(deed.text.find("day=2026-01-23"), std::string::npos) << deed.text;
    EXPECT_TRUE(is_there("archive/day=2026-01-24/manifest.json"));
    EXPECT_TRUE(is_there("events/day=2026-01-23/part-000001.jsonl"));
}

TEST_F(MaintainTest, WhoIsToldToStopBeginsNothing) {
    seal();
    for (const Task task : kTasks) {
        Pace stopped = pace(true);
        EXPECT_EQ(maintain(dir_, task, {}, stopped, clock_).outcome, Outcome::kStopped);
    }
    EXPECT_FALSE(is_there("archive/day=2026-01-23"));
    EXPECT_TRUE(is_there("events/day=2026-01-23/part-000001.jsonl"));
}

}  // namespace
}  // namespace daybook::lifecycle
