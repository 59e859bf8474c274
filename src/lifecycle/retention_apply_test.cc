#include "lifecycle/retention_apply.h"

#include <filesystem>
#include <string>

#include "archive/manifest_file.h"
#include "base/random.h"
#include "event/event_id.h"
#include "lifecycle/test_retention.h"

namespace daybook::lifecycle {
namespace {

class RetentionApplyTest : public RetentionTest {
protected:
    RetentionJournal journal() {
        run("old", 40);
        append();
        archive();
        const Day day = day_of(at(40));
        const RetentionJournal made{.at = clock_.now(),
                                    .reason = "test",
                                    .runs = {"old"},
                                    .days = {{day, {"019bea3c-7d1e-7c40-9d0f-000000000001"}}},
                                    .days_of_runs = {day}};
        testing::expect_ok(write_journal(dir_, made));
        return made;
    }
    Result<AppliedRetention> apply(const RetentionJournal& made, bool resumes = false) {
        query::FreshSession fresh = testing::value_of(query::open_fresh(dir_.root()));
        RetentionRecheck recheck = testing::value_of(
            RetentionRecheck::begin(dir_, std::move(fresh.session), made, resumes, clock_));
        return apply_journal(dir_, made, std::move(recheck),
                             {.resumes = resumes, .clock = &clock_});
    }
};

TEST_F(RetentionApplyTest, WhereThereIsNoIndexNoneIsMade) {
    const RetentionJournal made = journal();
    const AppliedRetention applied = testing::value_of(apply(made));
    EXPECT_EQ(applied.events, 2U);
    EXPECT_EQ(applied.days, 1U);
    EXPECT_EQ(applied.notes, std::vector<std::string>());
    EXPECT_EQ(testing::value_of(query::newest_snapshot(dir_.root())), "");
    expect_sound();
}

TEST_F(RetentionApplyTest, AnEventThatAnEarlierOneAppendedIsNotThereTwice) {
    const RetentionJournal made = journal();
    const std::string before = temp_ / "archive-before";
    const auto all = std::filesystem::copy_options::recursive;
    std::filesystem::copy(dir_.archive_dir(), before, all);
    testing::value_of(apply(made));
    // As if it had been killed between the event and the manifest.
    std::filesystem::remove_all(dir_.archive_dir());
    std::filesystem::copy(before, dir_.archive_dir(), all);
    testing::value_of(apply(made, true));
    EXPECT_EQ(log_counts().at("_ledger ledger.retained"), 1);
    expect_sound();
}

TEST_F(RetentionApplyTest, OutOfADirectoryThatHasTakenThePlaceOfItsOwnNothingIsTaken) {
    const RetentionJournal made = journal();
    testing::expect_ok(os::remove_file(dir_.retention_journal_path()));
    const auto before = log_counts();
    const auto applied = apply(made);
    ASSERT_FALSE(applied.has_value());
    EXPECT_EQ(applied.error().code(), ErrorCode::kBusy);
    EXPECT_EQ(log_counts(), before);
    EXPECT_FALSE(testing::value_of(os::exists(dir_.retention_journal_path())));
}

TEST_F(RetentionApplyTest, AJournalOfAClockThatWasAheadIsFinishedByOneThatIsRight) {
    RetentionJournal made = journal();
    const std::string before = temp_ / "archive-before";
    const auto all = std::filesystem::copy_options::recursive;
    const TimestampMs now = clock_.now();
    clock_.step_to(TimestampMs(now.value() + 365 * kRetainDayMs));
    made.at = clock_.now();
    made.days[0].event_ids = {event::EventIdGenerator(1).next(made.at).to_string()};
    testing::expect_ok(write_journal(dir_, made));
    std::filesystem::copy(dir_.archive_dir(), before, all);
    testing::value_of(apply(made));
    // As if it had been killed between the event and the manifest, and the clock set right.
    std::filesystem::remove_all(dir_.archive_dir());
    std::filesystem::copy(before, dir_.archive_dir(), all);
    clock_.step_to(now);
    const FinishedRetention finished = testing::value_of(finish_retention(dir_, clock_));
    EXPECT_EQ(finished.problems, std::vector<std::string>());
    EXPECT_EQ(rows("SELECT timestamp_ms, payload ->> '$.replaces' FROM custom_events "
                   "WHERE event_type = 'ledger.retained' ORDER BY 1"),
              (std::vector<std::string>{
                  fmt::format("{} | [\"{}\"]", now.value(), made.days[0].event_ids[0]),
                  fmt::format("{} | NULL", made.at.value())}));
    EXPECT_FALSE(testing::value_of(has_unfinished_retention(dir_)));
}

TEST_F(RetentionApplyTest, AManifestThatHasGoneIsSaidAndNoLongerWaitedFor) {
    const RetentionJournal made = journal();
    const std::string path = archive::ArchiveLayout(dir_).manifest_path(made.days[0].day);
    testing::expect_ok(os::remove_file(path));
    const AppliedRetention applied = testing::value_of(apply(made));
    EXPECT_EQ(applied.days, 0U);
    ASSERT_EQ(applied.problems.size(), 1U);
    EXPECT_NE(applied.problems[0].find(path + " is gone"), std::string::npos)
        << applied.problems[0];
    EXPECT_FALSE(testing::value_of(has_unfinished_retention(dir_)));
}

}  // namespace
}  // namespace daybook::lifecycle
