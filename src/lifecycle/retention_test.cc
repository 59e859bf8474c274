#include "lifecycle/retention.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <thread>

#include "archive/manifest_file.h"
#include "lifecycle/holds.h"
#include "lifecycle/retention_journal.h"
#include "lifecycle/skeleton.h"
#include "lifecycle/test_retention.h"
#include "os/lock.h"
#include "os/syscalls.h"
#include "os/test_support.h"

namespace daybook::lifecycle {
namespace {

using Rows = std::vector<std::string>;
using Counts = std::map<std::string, int>;

Rows ids(const std::vector<RunDecision>& decisions) {
    Rows found;
    for (const RunDecision& decision : decisions) {
        found.push_back(fmt::format("{} {}", decision.run_id, to_string(decision.reason)));
    }
    return found;
}

class RetainTest : public RetentionTest {
protected:
    // "old" of 40 days ago over two days, "new" of 20 days ago; both archived.
    void two_runs() {
        run("old", 40, 2);
        run("new", 20);
        append();
        archive();
    }
    // A trial of so many days ago, as another tool appends it: to the part of another day.
    void append_trial(std::string_view run_id, std::int64_t days_ago, std::int64_t part_days_ago) {
        const std::string line = fmt::format(
            R"({{"event_type":"trial.recorded","event_id":"019bea3c-7d1e-7c40-9d0e-{:012}",)"
            R"("timestamp_ms":{},"run_id":"{}","trial_id":"late","params":{{}},)"
            R"("metrics":{{"m":1}}}})"
            "\n",
            ++ids_, at(days_ago).value() + 10, run_id);
        const std::string path = dir_.layout().part_path(
            {.day = day_of(at(part_days_ago)), .number = log::PartNumber(1)});
        const os::UniqueFd fd = testing::value_of(os::open_fd(path, O_WRONLY | O_APPEND));
        EXPECT_EQ(os::write_all(fd.get(), line, path).written, line.size());
    }
};

TEST_F(RetainTest, WhatIsTooOldGoesAndItsSummaryStays) {
    two_runs();
    const RetainReport report = retain({.keep_days = 30});
    EXPECT_EQ(ids(report.plan.goes), Rows{"old too_old"});
    EXPECT_EQ(report.events, 4U);
    EXPECT_EQ(report.events, report.plan.events);
    EXPECT_EQ(report.bytes, report.plan.bytes);
    EXPECT_EQ(report.days, 2U);
    EXPECT_EQ(log_counts(), (Counts{{"_ledger ledger.retained", 2},
                                    {"_ledger view.saved", 1},
                                    {"today run.created", 1},
                                    {"new metric.recorded", 1},
                                    {"new run.completed", 1},
                                    {"new run.created", 1},
                                    {"new run.started", 1},
                                    {"new trial.recorded", 1},
                                    {"old run.completed", 1},
                                    {"old run.created", 1},
                                    {"old run.started", 1}}));
    EXPECT_EQ(rows("SELECT run_id, status, trials FROM latest_runs ORDER BY 1"),
              (Rows{"new | completed | 1", "old | completed | 0", "today | pending | 0"}));
    EXPECT_EQ(rows("SELECT DISTINCT run_id FROM trial_results"), Rows{"new"});
    expect_sound();

    const RetainReport again = retain({.keep_days = 30});
    EXPECT_EQ(ids(again.plan.goes), Rows());
    EXPECT_EQ(again.plan.reduced, 1U);
}

TEST_F(RetainTest, WithoutSummariesNothingIsLeftOfARun) {
    two_runs();
    const RetainReport report = retain({.keep_days = 30, .summaries = Summaries::kDrop});
    EXPECT_EQ(report.events, 7U);
    EXPECT_EQ(rows("SELECT run_id FROM latest_runs"), (Rows{"today", "new"}));
    EXPECT_EQ(rows("SELECT run_id FROM runs_d ORDER BY 1"), (Rows{"new", "today"}));
    expect_sound();
    EXPECT_EQ(testing::value_of(removed_runs(dir_)).size(), 1U);
}

TEST_F(RetainTest, AnEventInTheDirectoryOfALaterDayGoesWithItsRun) {
    run("old", 40);
    run("new", 20);
    append();
    append_trial("old", 40, 20);
    archive();
    const RetainReport report = retain({.keep_days = 30, .summaries = Summaries::kDrop});
    EXPECT_EQ(ids(report.plan.goes), Rows{"old too_old"});
    EXPECT_EQ(report.events, 6U);
    EXPECT_EQ(report.days, 2U);
    EXPECT_FALSE(log_counts().contains("old trial.recorded"));
    EXPECT_EQ(rows("SELECT run_id FROM trial_results"), Rows{"new"});
    expect_sound();
}

TEST_F(RetainTest, AnEventInALaterPartThatIsNotSealedKeepsItsRun) {
    two_runs();
    append_trial("old", 40, 0);
    const RetainReport report = retain({.keep_days = 30});
    EXPECT_EQ(ids(report.plan.goes), Rows());
    EXPECT_EQ(ids(report.plan.stays), Rows{"old unsealed"});
    expect_sound();
}

// As where trash/ is a link to another disk.
TEST_F(RetainTest, ADayThatCannotBeReadKeepsItsRunsAndNoOthers) {
    run("in-it", 60);
    run("goes", 40);
    run("stays", 2);
    archive();
    testing::value_of(index::build(dir_.root()));
    const Day day = day_of(at(60));
    const archive::ArchiveLayout layout(dir_);
    const auto manifest = testing::value_of(archive::read_manifest(layout, day));
    const std::string path = layout.file_path(day, manifest->files.front().name);
    std::filesystem::resize_file(path, 100);
    const RetainReport plan = testing::value_of(plan_retain(dir_, options({.keep_days = 30})));
    ASSERT_EQ(plan.problems.size(), 1U);
    EXPECT_TRUE(plan.problems[0].starts_with(path + " cannot be read: ")) << plan.problems[0];
    EXPECT_EQ(plan.problems[0].find("SELECT"), std::string::npos) << plan.problems[0];
    const RetainReport report = retain({.keep_days = 30});
    EXPECT_FALSE(report.problems.empty());
    ASSERT_EQ(report.plan.goes.size(), 1U);
    EXPECT_EQ(report.plan.goes[0].run_id, "goes");
    ASSERT_EQ(report.plan.stays.size(), 1U);
    EXPECT_EQ(report.plan.stays[0].run_id, "in-it");
    EXPECT_EQ(report.plan.stays[0].reason, Reason::kDamaged);
}

TEST_F(RetainTest, WithTheTrashOnAnotherFileSystemAllIsDone) {
    os::Syscalls table = os::kernel_syscalls();
    table.rename = [](const char* from, const char* to) {
        const auto is_trash = [](std::string_view path) {
            return path.find("/trash/") != std::string_view::npos;
        };
        if (is_trash(from) == is_trash(to)) return os::kernel_syscalls().rename(from, to);
        errno = EXDEV;
        return -1;
    };
    const os::ScopedSyscalls in_force(table);
    two_runs();
    const RetainReport report = retain({.keep_days = 30});
    EXPECT_EQ(report.days, 2U);
    EXPECT_EQ(report.notes, std::vector<std::string>());
    const ArchiveReport again = testing::value_of(archive_days(dir_, {.clock = &clock_}));
    EXPECT_EQ(again.finished, std::vector<std::string>());
    EXPECT_EQ(again.problems, std::vector<std::string>());
    expect_sound();
}

TEST_F(RetainTest, TheEventSaysWhatWent) {
    two_runs();
    const RetainReport report = retain({.keep_days = 30});
    EXPECT_EQ(rows("SELECT payload ->> '$.first_day', payload ->> '$.events', "
                   "payload ->> '$.runs', payload ->> '$.summaries', payload ->> '$.reason', "
                   "payload ->> '$.author' FROM custom_events WHERE event_type = 'ledger.retained' "
                   "ORDER BY 1"),
              (Rows{R"(2026-01-20 | 2 | ["old"] | keep | test | ada)",
                    R"(2026-01-21 | 2 | ["old"] | keep | test | ada)"}));
    EXPECT_EQ(rows("SELECT sum((payload ->> '$.bytes')::BIGINT) FROM custom_events "
                   "WHERE event_type = 'ledger.retained'"),
              Rows{std::to_string(report.bytes)});
    const auto removed = testing::value_of(removed_runs(dir_));
    ASSERT_TRUE(removed.contains("old"));
    EXPECT_EQ(rows("SELECT count(*) FROM custom_events WHERE event_id = '" +
                   removed.at("old").event_id + "'"),
              Rows{"1"});
}

TEST_F(RetainTest, WhatProtectsARunIsAskedFor) {
    for (const char* id : {"held", "held-by-filter", "pinned", "kept", "going"}) run(id, 40);
    event("run.tagged", "pinned", at(39), R"(,"tags":{"stage":"production"})");
    event("run.tagged", "held-by-filter", at(39), R"(,"tags":{"case":"17"})");
    run("running", 41, 1, false);
    append();
    archive();
    testing::expect_ok(add_hold(dir_, {.run = "held", .reason = "audit"}));
    testing::expect_ok(add_hold(dir_, {.where = "tags.case = '17'", .reason = "case 17"}));
    const RetentionPolicy policy{
        .keep_days = 30, .keep = {"run_id = 'kept'"}, .pin_tags = {"stage=production"}};
    const RetainReport report = retain(policy);
    EXPECT_EQ(ids(report.plan.goes), Rows{"going too_old"});
    EXPECT_EQ(ids(report.plan.stays), (Rows{"running running", "held held", "kept kept",
                                            "held-by-filter held", "pinned pinned"}));
    EXPECT_EQ(rows("SELECT DISTINCT run_id FROM trial_results ORDER BY 1"),
              (Rows{"held", "held-by-filter", "kept", "pinned", "running"}));
    expect_sound();
}

TEST_F(RetainTest, WhatIsNotArchivedStays) {
    run("half", 40);
    run("recent", 3);
    append();
    archive();
    // An event of today: its part is not even sealed.
    event("metric.recorded", "half", at(0), R"(,"metrics":{"loss":0.1})");
    append();
    const RetainReport report = retain({.keep_days = 1});
    EXPECT_EQ(ids(report.plan.goes), Rows());
    EXPECT_EQ(ids(report.plan.stays), Rows{"recent unarchived"});
    EXPECT_EQ(report.plan.within, 2U) << "their last events are of today";
    EXPECT_EQ(ids(retain({.keep_last_runs = 1}).plan.stays),
              (Rows{"recent unarchived", "half unsealed"}));
    expect_sound();
}

TEST_F(RetainTest, ADeletedRunGoesAlthoughThatWasSaidToday) {
    two_runs();
    event("run.deleted", "new", at(0));
    append();
    EXPECT_EQ(ids(retain({.keep_days = 90}).plan.goes), Rows());
    const RetainReport report = retain({.deleted = true});
    EXPECT_EQ(ids(report.plan.goes), Rows{"new deleted"});
    EXPECT_EQ(rows("SELECT run_id FROM latest_runs"), (Rows{"today", "old"}));
    EXPECT_EQ(rows("SELECT run_id FROM runs_status WHERE deleted"), Rows{"new"});
    expect_sound();
}

TEST_F(RetainTest, AClockThatJumpsAYearRemovesNothing) {
    two_runs();
    clock_.step_to(at(-365));
    const RetainReport report = retain({.keep_days = 60});
    EXPECT_EQ(ids(report.plan.goes), Rows());
    ASSERT_EQ(report.plan.notes.size(), 1U);
    RetainOptions trusting = options({.keep_days = 60});
    trusting.trust_clock = true;
    EXPECT_EQ(testing::value_of(lifecycle::retain(dir_, trusting)).plan.goes.size(), 2U);
    expect_sound();
}

TEST_F(RetainTest, APlanChangesNothingAndSaysTheSame) {
    two_runs();
    const std::vector<std::string> before = log_lines();
    const RetainReport planned = testing::value_of(plan_retain(dir_, options({.keep_days = 30})));
    EXPECT_EQ(log_lines(), before);
    const RetainReport done = retain({.keep_days = 30});
    EXPECT_EQ(ids(planned.plan.goes), ids(done.plan.goes));
    EXPECT_EQ(planned.plan.bytes, done.bytes);
    EXPECT_EQ(planned.plan.events, done.events);
}

TEST_F(RetainTest, OfTwoAtOnceOneDoesIt) {
    two_runs();
    std::vector<RetainReport> reports(2);
    std::vector<std::thread> threads;
    for (RetainReport& report : reports) {
        threads.emplace_back([&] {
            RetainOptions waiting = options({.keep_days = 30});
            waiting.wait_ms = 60'000;
            report = testing::value_of(lifecycle::retain(dir_, waiting));
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(reports[0].events + reports[1].events, 4U);
    EXPECT_EQ(log_counts().at("_ledger ledger.retained"), 2);
    expect_sound();
}

TEST_F(RetainTest, WhoFindsTheLockTakenIsToldByWhom) {
    two_runs();
    const os::LockFile lock =
        testing::value_of(os::LockFile::acquire(dir_.lifecycle_lock_path(), 0));
    const auto report = lifecycle::retain(dir_, options({.keep_days = 30}));
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code(), ErrorCode::kBusy);
}

TEST_F(RetainTest, WhatWasStoppedIsFinishedByTheNextOne) {
    two_runs();
    RetainOptions stopping = options({.keep_days = 30});
    // Asked by the index, the facts, and before each day: no before the second day.
    stopping.keep_on = [this] {
        return archive::read_manifest(archive::ArchiveLayout(dir_), kToday + (-40))
            .value()
            ->retained.empty();
    };
    const auto stopped = lifecycle::retain(dir_, stopping);
    ASSERT_FALSE(stopped.has_value());
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    EXPECT_TRUE(testing::value_of(has_unfinished_retention(dir_)));
    // Whatever the next one is asked for, it first finishes.
    const RetainReport next = retain({});
    ASSERT_EQ(next.notes.size(), 1U);
    EXPECT_NE(next.notes[0].find("is finished: 2 events of 1 runs were still to go"),
              std::string::npos)
        << next.notes[0];
    EXPECT_EQ(log_counts().at("_ledger ledger.retained"), 2);
    EXPECT_EQ(rows("SELECT run_id FROM trial_results"), Rows{"new"});
    expect_sound();
}

TEST_F(RetainTest, AnIndexThatCannotBeBuiltForgetsLater) {
    two_runs();
    testing::value_of(index::build(dir_.root()));
    RetentionJournal journal{.at = clock_.now(), .reason = "test", .runs = {"old"}};
    for (const std::int64_t days_ago : {40, 39}) {
        const Day day = day_of(at(days_ago));
        journal.days.push_back(
            {day, {"019bea3c-7d1e-7c40-9d0f-0000000000" + std::to_string(days_ago)}});
        journal.days_of_runs.push_back(day);
    }
    testing::expect_ok(write_journal(dir_, journal));
    EXPECT_EQ(testing::value_of(read_journal(dir_)), journal);
    const os::LockFile busy =
        testing::value_of(os::LockFile::acquire(dir_.lifecycle_lock_path(), 0));
    const std::string note = testing::value_of(finish_retention(dir_, clock_)).done;
    EXPECT_NE(note.find("4 events of 1 runs"), std::string::npos) << note;
    EXPECT_EQ(rows("SELECT run_id FROM trial_results"), Rows{"new"});
    expect_sound();
}

// A disk that is full at any one write or name: nothing is lost, and with room again all is done.
TEST_F(RetainTest, AFullDiskAtAnyStepIsFinishedOnceThereIsRoom) {
    two_runs();
    retain({});  // What is not about retention is indexed and has its files.
    const std::string pristine = temp_ / "pristine";
    std::filesystem::copy(dir_.root(), pristine, std::filesystem::copy_options::recursive);
    const auto again = [&] {
        std::filesystem::remove_all(dir_.root());
        std::filesystem::copy(pristine, dir_.root(), std::filesystem::copy_options::recursive);
    };
    int calls = 0;
    {
        const os::Faults faults;
        retain({.keep_days = 30});
        calls = faults.count(os::Call::kWrite) + faults.count(os::Call::kRename);
    }
    const Counts expected = log_counts();
    int failed = 0;
    for (const os::Call call : {os::Call::kWrite, os::Call::kRename}) {
        for (int nth = 1; nth <= calls; nth += 5) {
            SCOPED_TRACE(fmt::format("{} {}", os::to_string(call), nth));
            again();
            {
                os::Faults faults;
                faults.fail(call, nth, ENOSPC, true);
                if (lifecycle::retain(dir_, options({.keep_days = 30}))) continue;
            }
            ++failed;
            retain({.keep_days = 30});
            EXPECT_EQ(log_counts(), expected);
            EXPECT_EQ(rows("SELECT DISTINCT run_id FROM trial_results"), Rows{"new"});
        }
    }
    EXPECT_GT(failed, 5);
    expect_sound();
}

// A random ledger, and what a simple reading of the rules leaves of it.
TEST_F(RetainTest, TheLogKeepsWhatTheRulesKeep) {
    SeededRandom random(7);
    const auto pick = [&random](std::uint64_t below) {
        return static_cast<std::int64_t>(random.next() % below);
    };
    std::map<std::string, std::int64_t> last_day;
    for (int i = 0; i < 40; ++i) {
        const std::string id = fmt::format("run-{:02}", i);
        const std::int64_t begun = 12 + pick(60);
        const int days = static_cast<int>(1 + pick(3));
        run(id, begun, days);
        last_day[id] = begun - days + 1;
    }
    append();
    archive();
    for (const std::int64_t keep_days : {60, 40, 25}) {
        SCOPED_TRACE(keep_days);
        const Counts before = log_counts();
        const RetainReport report = retain({.keep_days = keep_days});
        Counts expected;
        json::EnvelopeReader envelopes;
        for (const auto& [what, count] : before) {
            const std::size_t blank = what.find(' ');
            const auto run = last_day.find(what.substr(0, blank));
            // Its last event is of half past noon and a bit, and so a bit older than its days.
            const bool goes = run != last_day.end() && run->second > keep_days;
            if (!goes || is_skeleton(what.substr(blank + 1))) expected[what] = count;
        }
        expected["_ledger ledger.retained"] += static_cast<int>(report.days);
        EXPECT_EQ(log_counts(), expected);
        expect_sound();
    }
}

}  // namespace
}  // namespace daybook::lifecycle
