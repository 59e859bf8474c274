#include "lifecycle/retention_day.h"

#include <cerrno>

#include <nlohmann/json.hpp>

#include "archive/inflate.h"
#include "archive/removed_ranges.h"
#include "archive/retained_days.h"
#include "archive/test_archive.h"

namespace daybook::lifecycle {
namespace {

class RetentionDayTest : public archive::ArchiveTest {
protected:
    // Runs "r0000"…, a trial each.
    void make_runs(std::size_t count) {
        std::string bytes;
        for (std::size_t i = 0; i < count; ++i) {
            journal_.runs.push_back(fmt::format("r{:04}", i));
            bytes += archive::own_line(journal_.runs.back(), i + 1, "trial.recorded");
        }
        bytes += archive::own_line("stays", count + 1, "trial.recorded");
        archive({put_part(archive::test_part(1), bytes)});
        journal_.days_of_runs = {archive::kTestDay};
    }
    // As run(), where the events cannot be appended, or the manifest cannot be replaced.
    Status fail_to_run(bool appends) {
        const archive::Inflater inflater = testing::value_of(archive::Inflater::open());
        duck::Connection connection = testing::value_of(inflater.database().connect());
        const GoingRuns runs(journal_);
        DayRetention retention(dir_, journal_, runs, connection, clock_);
        const JournalDay day{archive::kTestDay, {"e1"}};
        DayRetention::Prepared prepared = testing::value_of(retention.prepare(day));
        os::Faults faults;
        if (appends) faults.fail(os::Call::kRename, 1, ENOSPC);
        return retention
            .commit(day, std::move(prepared), {},
                    [&](const std::string&, const std::string&) -> Status {
                        if (appends) return {};
                        return fail(ErrorCode::kNoSpace, "no room");
                    })
            .map([](const DayRetained&) {});
    }
    std::vector<std::string> files() {
        std::vector<std::string> names;
        for (const os::DirEntry& entry :
             testing::value_of(os::list_dir(layout_.day_dir(archive::kTestDay)))) {
            names.push_back(entry.name);
        }
        return names;
    }
    DayRetained run(const JournalDay& day) {
        const archive::Inflater inflater = testing::value_of(archive::Inflater::open());
        duck::Connection connection = testing::value_of(inflater.database().connect());
        const GoingRuns runs(journal_);
        DayRetention retention(dir_, journal_, runs, connection, clock_);
        if (testing::value_of(is_done(dir_, day))) return {};
        return testing::value_of(
            retention.commit(day, testing::value_of(retention.prepare(day)), {},
                             [this](const std::string& id, const std::string& event) -> Status {
                                 recorded_.emplace_back(id, nlohmann::json::parse(event));
                                 return {};
                             }));
    }
    archive::Manifest manifest() {
        return *testing::value_of(archive::read_manifest(layout_, archive::kTestDay));
    }

    ManualClock clock_{start_of(archive::kTestDay + 9)};
    RetentionJournal journal_{.at = start_of(archive::kTestDay + 9), .author = "ada"};
    std::vector<std::pair<std::string, nlohmann::json>> recorded_;
};

TEST(GoingRuns, TheSkeletonStaysWhereSummariesAreKept) {
    RetentionJournal journal{.runs = {"a", "b"}};
    const GoingRuns keeping(journal);
    std::size_t run = 0;
    EXPECT_TRUE(keeping.goes("b", "trial.recorded", &run));
    EXPECT_EQ(run, 1U);
    EXPECT_FALSE(keeping.goes("a", "run.created", &run));
    EXPECT_FALSE(keeping.goes("c", "trial.recorded", &run));
    RetentionJournal dropping = journal;
    dropping.summaries = Summaries::kDrop;
    EXPECT_TRUE(GoingRuns(dropping).goes("a", "run.created", &run));
}

TEST_F(RetentionDayTest, MoreThanAThousandRunsMakeSeveralEvents) {
    make_runs(2'300);
    const DayRetained retained = run({archive::kTestDay, {"e1", "e2", "e3"}});
    EXPECT_EQ(retained.events, 2'300U);
    ASSERT_EQ(recorded_.size(), 3U);
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& [id, event] = recorded_[i];
        EXPECT_EQ(event["event_id"], id);
        EXPECT_EQ(event["batch"], i + 1);
        EXPECT_EQ(event["batches"], 3);
        EXPECT_EQ(event["runs"].size(), i < 2 ? 1'000U : 300U);
        EXPECT_EQ(event["ranges_sha256"], recorded_[0].second["ranges_sha256"]);
        EXPECT_EQ(event["left_sha256"], archive::left_sha256(manifest()));
        events += event["events"].get<std::uint64_t>();
        bytes += event["bytes"].get<std::uint64_t>();
    }
    EXPECT_EQ(events, retained.events);
    EXPECT_EQ(bytes, retained.bytes);
    const archive::Manifest after = manifest();
    ASSERT_EQ(after.retained.size(), 3U);
    EXPECT_EQ(after.retained[2].runs.size(), 300U);
    EXPECT_EQ(archive::retained_days(after.retained[0]), journal_.days_of_runs);
    EXPECT_EQ(inflated(archive::test_part(1)), archive::own_line("stays", 2'301, "trial.recorded"));
}

TEST_F(RetentionDayTest, EventsThatAreNotNeededAnyMoreAreNotAnnounced) {
    make_runs(1'001);
    journal_.runs.pop_back();
    run({archive::kTestDay, {"e1", "e2"}});
    ASSERT_EQ(recorded_.size(), 1U);
    EXPECT_EQ(recorded_[0].second["runs"].size(), 1'000U);
    EXPECT_FALSE(recorded_[0].second.contains("batches"));
    EXPECT_EQ(manifest().retained.size(), 1U);
}

TEST_F(RetentionDayTest, OfThreeEventsTwoMayBeEnough) {
    make_runs(2'300);
    journal_.runs.resize(1'500);
    run({archive::kTestDay, {"e1", "e2", "e3"}});
    ASSERT_EQ(recorded_.size(), 2U);
    EXPECT_EQ(recorded_[0].second["batches"], 2);
    EXPECT_EQ(recorded_[1].second["batches"], 2);
    EXPECT_EQ(recorded_[1].second["runs"].size(), 500U);
}

TEST_F(RetentionDayTest, ADayThatIsDoneIsLeftAlone) {
    make_runs(2);
    run({archive::kTestDay, {"e1"}});
    const archive::Manifest done = manifest();
    recorded_.clear();
    EXPECT_EQ(run({archive::kTestDay, {"e1"}}).events, 0U);
    EXPECT_TRUE(recorded_.empty());
    EXPECT_EQ(manifest(), done);
}

TEST_F(RetentionDayTest, ADayOfWhichNothingIsLeftLosesItsFile) {
    make_runs(2);
    journal_.runs.emplace_back("stays");
    run({archive::kTestDay, {"e1"}});
    EXPECT_TRUE(manifest().files.empty());
    EXPECT_EQ(inflated(archive::test_part(1)), "");
    EXPECT_FALSE(testing::value_of(
        os::exists(layout_.file_path(archive::kTestDay, "events-000001.parquet"))));
}

TEST_F(RetentionDayTest, AnAttemptThatFailsLeavesNoFile) {
    make_runs(2);
    const std::vector<std::string> before = files();
    for (const bool appends : {false, true, false, true}) {
        EXPECT_FALSE(fail_to_run(appends));
        EXPECT_EQ(files(), before) << appends;
    }
    EXPECT_EQ(run({archive::kTestDay, {"e1"}}).events, 2U);
}

TEST_F(RetentionDayTest, WhereNothingGoesNothingIsSaid) {
    make_runs(2);
    journal_.runs = {"nobody"};
    const archive::Manifest before = manifest();
    EXPECT_EQ(run({archive::kTestDay, {"e1"}}).events, 0U);
    EXPECT_TRUE(recorded_.empty());
    EXPECT_EQ(manifest(), before);
}

}  // namespace
}  // namespace daybook::lifecycle
