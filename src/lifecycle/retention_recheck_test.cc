#include "lifecycle/retention_recheck.h"

#include "archive/manifest_file.h"
#include "lifecycle/holds.h"
#include "lifecycle/retention_journal.h"
#include "lifecycle/test_retention.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

using Rows = std::vector<std::string>;

class RecheckTest : public RetentionTest {
protected:
    // "a", "b" and "c" of 40 days ago over two days.
    void three_runs() {
        for (const char* id : {"a", "b", "c"}) run(id, 40, 2);
        append();
        archive();
    }
    bool is_decided() { return testing::value_of(has_unfinished_retention(dir_)); }
    // Decides that all that is older than 30 days goes, and then does nothing.
    void decide() {
        RetainOptions stopping = options({.keep_days = 30});
        stopping.keep_on = [this] { return !is_decided(); };
        EXPECT_EQ(lifecycle::retain(dir_, stopping).error().code(), ErrorCode::kCancelled);
        ASSERT_TRUE(is_decided());
    }
    // Does it, and `action` once it is decided.
    RetainReport retain_with(const std::function<void()>& action) {
        RetainOptions acting = options({.keep_days = 30});
        acting.keep_on = [this, &action, acted = false]() mutable {
            if (!acted && is_decided()) {
                acted = true;
                action();
            }
            return true;
        };
        return testing::value_of(lifecycle::retain(dir_, acting));
    }
    Rows runs_with_trials() { return rows("SELECT DISTINCT run_id FROM trial_results ORDER BY 1"); }
    Rows runs_of_events() {
        return rows(
            "SELECT payload ->> '$.runs' FROM custom_events "
            "WHERE event_type = 'ledger.retained' ORDER BY payload ->> '$.first_day'");
    }
    void restart(std::string_view run_id) {
        event("run.started", run_id, at(0));
        append();
    }
};

TEST_F(RecheckTest, WhatWasCutShortAsksAgainWhoMayGo) {
    three_runs();
    decide();
    testing::expect_ok(add_hold(dir_, {.run = "a", .reason = "audit"}));
    restart("b");
    const RetainReport next = retain({});
    ASSERT_EQ(next.notes.size(), 1U);
    EXPECT_NE(next.notes[0].find("run a stays: hold: audit"), std::string::npos) << next.notes[0];
    EXPECT_NE(next.notes[0].find("run b stays: "), std::string::npos) << next.notes[0];
    EXPECT_EQ(runs_with_trials(), (Rows{"a", "b"}));
    EXPECT_EQ(runs_of_events(), (Rows{R"(["c"])", R"(["c"])"}));
    expect_sound();
}

TEST_F(RecheckTest, AHoldTakesEffectWhileRunsAreRemoved) {
    three_runs();
    const RetainReport report = retain_with(
        [this] { testing::expect_ok(add_hold(dir_, {.where = "run_id = 'a'", .reason = "x"})); });
    EXPECT_EQ(report.notes, Rows{"run a stays: hold: x"});
    EXPECT_EQ(report.plan.goes.size(), 2U);
    EXPECT_EQ(runs_with_trials(), Rows{"a"});
    EXPECT_EQ(runs_of_events(), (Rows{R"(["b","c"])", R"(["b","c"])"}));
    expect_sound();
}

TEST_F(RecheckTest, AnEventOfAnyDayThatComesMeanwhileCounts) {
    three_runs();
    const RetainReport report = retain_with([this] { restart("b"); });
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_TRUE(report.notes[0].starts_with("run b stays: run.started of it has come to day="))
        << report.notes[0];
    EXPECT_EQ(runs_with_trials(), Rows{"b"});
    expect_sound();
}

TEST_F(RecheckTest, WhereAllStayNothingIsLeftToDo) {
    three_runs();
    decide();
    testing::expect_ok(add_hold(dir_, {.where = "trials > 0", .reason = "all"}));
    retain({});
    EXPECT_EQ(runs_with_trials(), (Rows{"a", "b", "c"}));
    EXPECT_EQ(log_counts().count("_ledger ledger.retained"), 0U);
    expect_sound();
}

TEST_F(RecheckTest, AHoldOnARunProtectsThoseBelowIt) {
    for (const char* id : {"p.c1", "p.c1.x", "px"}) run(id, 40);
    append();
    archive();
    testing::expect_ok(add_hold(dir_, {.run = "p", .reason = "audit"}));
    EXPECT_EQ(retain({.keep_days = 30}).plan.goes.size(), 1U);
    EXPECT_EQ(runs_with_trials(), (Rows{"p.c1", "p.c1.x"}));
    testing::expect_ok(remove_hold(dir_, "p", ""));
    decide();
    testing::expect_ok(add_hold(dir_, {.run = "p.c1", .reason = "audit"}));
    retain({});
    EXPECT_EQ(runs_with_trials(), (Rows{"p.c1", "p.c1.x"}));
    expect_sound();
}

// Killed between the event and the manifest, and then held.
TEST_F(RecheckTest, AnEventThatSaidTooMuchIsReplaced) {
    three_runs();
    decide();
    const RetentionJournal journal = *testing::value_of(read_journal(dir_));
    const std::string& event_id = journal.days.at(0).event_ids.at(0);
    events_.push_back(fmt::format(
        R"({{"event_type":"ledger.retained","event_id":"{}","timestamp_ms":{},"run_id":"_ledger",)"
        R"("first_day":"{}","last_day":"{}","events":6,"bytes":9,"runs":["a","b","c"]}})",
        event_id, journal.at.value(), to_string(journal.days[0].day),
        to_string(journal.days[0].day)));
    append();
    testing::expect_ok(add_hold(dir_, {.run = "a", .reason = "audit"}));
    retain({});
    EXPECT_EQ(runs_with_trials(), Rows{"a"});
    EXPECT_EQ(rows("SELECT payload ->> '$.runs', payload ->> '$.replaces' FROM custom_events WHERE "
                   "event_type = 'ledger.retained' AND event_id <> '" +
                   event_id + "' ORDER BY payload ->> '$.first_day'"),
              (Rows{R"(["b","c"] | [")" + event_id + R"("])", R"(["b","c"] | NULL)"}));
    expect_sound();
}

TEST_F(RecheckTest, AnEventThatSpeaksOfAnIdIsNotTheEvent) {
    three_runs();
    decide();
    const RetentionJournal journal = *testing::value_of(read_journal(dir_));
    event("view.saved", "_ledger", journal.at,
          fmt::format(R"(,"name":"{}","view":{{}})", journal.days.at(0).event_ids.at(0)));
    append();
    retain({});
    EXPECT_EQ(log_counts().at("_ledger ledger.retained"), 2);
    expect_sound();
}

class DamageTest : public RecheckTest {
protected:
    // Changes the manifest of the day so many days ago.
    template <typename Change>
    void change_manifest(std::int64_t days_ago, const Change& change) {
        const archive::ArchiveLayout layout(dir_);
        archive::Manifest manifest =
            testing::value_of(archive::read_manifest(layout, day_of(at(days_ago)))).value();
        change(manifest);
        testing::expect_ok(archive::write_manifest(layout, manifest));
    }
    // "a" of 50 days ago, "b" of 40.
    void two_runs() {
        run("a", 50);
        run("b", 40);
        append();
        archive();
    }
};

TEST_F(DamageTest, ARunOfWhichAFileIsDamagedStaysAndTheOthersGo) {
    two_runs();
    std::string sha256;
    change_manifest(50, [&](archive::Manifest& manifest) {
        sha256 = std::exchange(manifest.files[0].sha256, std::string(64, '0'));
    });
    const RetainReport report = retain({.keep_days = 30});
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_NE(report.problems[0].find("verify --deep"), std::string::npos) << report.problems[0];
    ASSERT_EQ(report.plan.stays.size(), 1U);
    EXPECT_EQ(report.plan.stays[0].reason, Reason::kDamaged);
    EXPECT_EQ(runs_with_trials(), Rows{"a"});
    change_manifest(50, [&](archive::Manifest& manifest) { manifest.files[0].sha256 = sha256; });
    expect_sound();
    EXPECT_EQ(retain({.keep_days = 30}).problems, Rows{});
    EXPECT_EQ(runs_with_trials(), Rows{});
}

TEST_F(DamageTest, ADayThatTurnsOutToBeDamagedIsGivenUpAndTheOthersGo) {
    two_runs();
    std::string sha256;
    const RetainReport report = retain_with([&] {
        change_manifest(50, [&](archive::Manifest& manifest) {
            sha256 = std::exchange(manifest.parts[0].sha256, std::string(64, '0'));
        });
    });
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_NE(report.problems[0].find("day=2026-01-10/part-000001"), std::string::npos)
        << report.problems[0];
    EXPECT_FALSE(is_decided());
    EXPECT_EQ(runs_with_trials(), Rows{"a"});
    change_manifest(50, [&](archive::Manifest& manifest) { manifest.parts[0].sha256 = sha256; });
    expect_sound();
}

TEST_F(DamageTest, AJournalThatCannotBeReadDoesNotStopArchivesAndTheTrash) {
    two_runs();
    run("late", 9);
    append();
    testing::value_of(ledger::seal_parts(dir_, {.clock = &clock_}));
    testing::expect_ok(os::write_file_atomic(dir_.retention_journal_path(), "{"));
    const ArchiveReport report = testing::value_of(archive_days(dir_, {.clock = &clock_}));
    ASSERT_EQ(report.problems.size(), 1U);
    EXPECT_NE(report.problems[0].find("_retention.json"), std::string::npos) << report.problems[0];
    EXPECT_TRUE(std::any_of(report.days.begin(), report.days.end(),
                            [](const auto& day) { return day.state == ArchiveState::kArchived; }));
    EXPECT_FALSE(lifecycle::retain(dir_, options({.keep_days = 30})).has_value());
}

TEST_F(DamageTest, AJournalThatCannotBeReadMayBeMovedAway) {
    two_runs();
    RetainOptions stopping = options({.keep_days = 30});
    // After the first of two days.
    stopping.keep_on = [this] {
        const auto done = removed_runs(dir_);
        return !done || done->empty();
    };
    EXPECT_EQ(lifecycle::retain(dir_, stopping).error().code(), ErrorCode::kCancelled);
    ASSERT_TRUE(testing::value_of(has_unfinished_retention(dir_)));
    testing::expect_ok(os::rename(dir_.retention_journal_path(), temp_ / "moved"));
    expect_sound();
    retain({.keep_days = 30});
    expect_sound();
    for (const auto& [what, count] : log_counts()) {
        EXPECT_EQ(what.find("trial.recorded"), std::string::npos) << what;
    }
}

TEST_F(DamageTest, WhatHasLainInTheTrashForADayGoesWithTheNextOne) {
    two_runs();
    retain({.keep_days = 30});
    const std::size_t before = testing::value_of(os::list_dir(dir_.trash_dir())).size();
    EXPECT_GT(before, 0U);
    clock_.advance_ms(2 * kRetainDayMs);
    retain({});
    EXPECT_EQ(testing::value_of(os::list_dir(dir_.trash_dir())).size(), 0U);
}

// A week of JSONL is no larger than the years in archives that it will join.
TEST_F(DamageTest, WhatIsNotArchivedCountsAsLargeAsItWillBe) {
    const auto events = [this](std::string_view run_id, std::int64_t days_ago) {
        for (int i = 0; i < 4000; ++i) {
            event("metric.recorded", run_id, at(days_ago) + i, R"(,"metrics":{"loss":0.5})");
        }
    };
    run("old", 40, 1, false);
    events("old", 40);
    event("run.completed", "old", at(40) + 5000, R"(,"summary":{"m":2},"artifact_paths":{})");
    append();
    archive();
    events("today", 0);
    append();
    const archive::Manifest manifest =
        testing::value_of(archive::read_manifest(archive::ArchiveLayout(dir_), day_of(at(40))))
            .value();
    const std::uint64_t archived = manifest.files.at(0).bytes;
    ASSERT_LT(3 * archived, manifest.parts.at(0).bytes);
    const auto plan =
        testing::value_of(plan_retain(dir_, options({.keep_bytes = 3 * archived}))).plan;
    EXPECT_EQ(plan.goes.size(), 0U);
    EXPECT_EQ(
        testing::value_of(plan_retain(dir_, options({.keep_bytes = archived}))).plan.goes.size(),
        1U);
}

}  // namespace
}  // namespace daybook::lifecycle
