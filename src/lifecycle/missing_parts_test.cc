#include "lifecycle/missing_parts.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "lifecycle/artifact_gc.h"
#include "lifecycle/doctor_look.h"
#include "lifecycle/merge.h"
#include "lifecycle/test_retention.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

constexpr const char* kFirst = "day=2026-01-20/part-000001";

class MissingPartsTest : public RetentionTest {
protected:
    MissingPartsTest() {
        run("r1", 40);
        run("r2", 40);
        archive();
    }
    void unmount() {
        testing::expect_ok(os::rename(dir_.root() + "/archive", temp_ / "elsewhere"));
    }
    void mount() { testing::expect_ok(os::rename(temp_ / "elsewhere", dir_.root() + "/archive")); }
};

TEST_F(MissingPartsTest, PartsInArchivesAreThereAndThoseThatRetentionEmptiedToo) {
    EXPECT_TRUE(testing::value_of(missing_parts(dir_)).empty());
    retain({.keep_days = 30, .summaries = Summaries::kDrop});
    EXPECT_EQ(log_counts().count("r1 run.created"), 0U);
    EXPECT_TRUE(testing::value_of(missing_parts(dir_)).empty());
    unmount();
    const auto missing = testing::value_of(missing_parts(dir_));
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_EQ(log::to_string(missing[0]), kFirst);
    EXPECT_EQ(to_text(missing), std::string(kFirst) + " was sealed and is not there");
    mount();
    EXPECT_TRUE(testing::value_of(missing_parts(dir_)).empty());
}

// Where the archives are not mounted, the files of all archived runs look as if nobody named them.
TEST_F(MissingPartsTest, NothingIsCollectedFromALogWithHoles) {
    const std::string file = dir_.root() + "/artifacts/runs/r1/trades.csv";
    testing::expect_ok(os::make_dirs(os::parent_path(file)));
    testing::expect_ok(os::write_file_atomic(file, "1"));
    unmount();
    ManualClock later(system_clock().now() + 2 * 3'600'000);
    for (const bool apply : {false, true}) {
        const Result<GcReport> report = collect_artifacts(dir_, later, {.apply = apply});
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code(), ErrorCode::kIo);
        EXPECT_NE(report.error().message().find(kFirst), std::string::npos);
        EXPECT_NE(report.error().message().find("daybook verify"), std::string::npos);
    }
    EXPECT_TRUE(os::exists(file).value());
    mount();
    EXPECT_EQ(testing::value_of(collect_artifacts(dir_, later, {.apply = true})).items, 0U);
}

TEST_F(MissingPartsTest, NothingIsRetainedInALogWithHoles) {
    unmount();
    const Result<RetainReport> report = lifecycle::retain(dir_, options({.keep_days = 30}));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::kIo);
    EXPECT_NE(report.error().message().find(kFirst), std::string::npos);
    mount();
    EXPECT_EQ(retain({.keep_days = 30}).plan.goes.size(), 2U);
}

TEST_F(MissingPartsTest, TheDoctorSaysIt) {
    EXPECT_TRUE(look_at_ledger(dir_, clock_).log->missing.empty());
    unmount();
    const DoctorFacts facts = look_at_ledger(dir_, clock_);
    EXPECT_EQ(facts.log->missing, std::string(kFirst) + " was sealed and is not there");
}

TEST_F(MissingPartsTest, AMergeTakesWhatThereIsAndSaysThatItIsNotAll) {
    const ledger::LedgerDir target(temp_ / "target");
    unmount();
    const MergeReport report = testing::value_of(merge_ledger(target, dir_, {.clock = &clock_}));
    ASSERT_FALSE(report.notes.empty());
    EXPECT_NE(report.notes[0].find(kFirst), std::string::npos) << report.notes[0];
    mount();
    EXPECT_TRUE(testing::value_of(merge_ledger(target, dir_, {.clock = &clock_})).notes.empty());
}

}  // namespace
}  // namespace daybook::lifecycle
