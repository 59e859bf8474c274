// Transfers of a ledger whose older days lie in archives, and from which retention has removed
// runs.

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "lifecycle/backup.h"
#include "lifecycle/export_runs.h"
#include "lifecycle/import_bundle.h"
#include "lifecycle/merge.h"
#include "lifecycle/test_retention.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class TransferArchives : public RetentionTest {
protected:
    void SetUp() override {
        run("old", 30, 2);
        run("older", 40);
        run("young", 1);
        append();
        archive();
        ASSERT_FALSE(testing::value_of(archive::log_source(dir_).archives()->list()).empty());
    }
    TestLedger view() const { return TestLedger(dir_.root()); }
    // The events of a run by id.
    static std::map<std::string, std::string> of_run(const TestLedger& ledger,
                                                     const std::string& run) {
        std::map<std::string, std::string> found;
        for (auto& [id, body] : ledger.events()) {
            if (body.find("\"run_id\":\"" + run + "\"") != std::string::npos) found[id] = body;
        }
        return found;
    }

    // Leaves the journal of a retention that does nothing yet.
    void decide_to_remove_older() {
        RetainOptions stopping = options({.keep_days = 35, .summaries = Summaries::kDrop});
        stopping.keep_on = [this] { return !testing::value_of(has_unfinished_retention(dir_)); };
        EXPECT_EQ(lifecycle::retain(dir_, stopping).error().code(), ErrorCode::kCancelled);
        ASSERT_TRUE(testing::value_of(has_unfinished_retention(dir_)));
    }

    TestLedger to_;
};

TEST_F(TransferArchives, RunsAreExportedFromArchives) {
    testing::value_of(export_runs(dir_, {"old"}, temp_ / "b"));
    testing::value_of(import_bundle(to_.dir(), temp_ / "b"));
    EXPECT_EQ(to_.events(), of_run(view(), "old"));
    EXPECT_EQ(to_.events().size(), 7U);
}

TEST_F(TransferArchives, WhatAnArchiveHasIsNotImportedAgain) {
    testing::value_of(export_runs(dir_, {"old"}, temp_ / "b"));
    const auto report = testing::value_of(import_bundle(dir_, temp_ / "b"));
    EXPECT_EQ(report.events.known, 7U);
    EXPECT_EQ(report.events.written, 0U);
}

TEST_F(TransferArchives, ALedgerWithArchivesIsMergedAndRememberedBySeals) {
    const auto first = testing::value_of(merge_ledger(to_.dir(), dir_));
    EXPECT_EQ(first.events.written, to_.events().size());
    EXPECT_EQ(to_.events(), view().events());
    EXPECT_EQ(testing::value_of(merge_ledger(to_.dir(), dir_)).bytes_read, 0U);
}

// As where a copy was made while the source archived.
TEST_F(TransferArchives, APartThatCannotBeReadKeepsNoOtherBack) {
    const archive::ArchiveLayout layout(dir_);
    const auto all = view().events();
    const auto of_other_days = of_run(view(), "old");
    const std::string file = layout.file_path(day_of(at(40)), "events-000001.parquet");
    testing::expect_ok(os::rename(file, temp_ / "elsewhere"));
    for (int i = 0; i < 2; ++i) {
        const auto merged = testing::value_of(merge_ledger(to_.dir(), dir_));
        EXPECT_EQ(merged.unreadable_parts, 1U);
        EXPECT_TRUE(merged.has_conflicts());
        EXPECT_EQ(merged.parts_read, i == 0 ? merged.parts - 1 : 0);
        ASSERT_EQ(merged.notes.size(), 1U);
        EXPECT_NE(merged.notes[0].find(file), std::string::npos) << merged.notes[0];
        EXPECT_EQ(of_run(to_, "old"), of_other_days);
        EXPECT_TRUE(of_run(to_, "older").empty());
    }
    testing::expect_ok(os::rename(temp_ / "elsewhere", file));
    const auto merged = testing::value_of(merge_ledger(to_.dir(), dir_));
    EXPECT_FALSE(merged.has_conflicts());
    EXPECT_EQ(merged.parts_read, 1U);
    EXPECT_EQ(to_.events(), all);
}

TEST_F(TransferArchives, ADayWhoseManifestIsDamagedOrNowhereKeepsNoOtherBack) {
    const archive::ArchiveLayout layout(dir_);
    const auto all = view().events();
    const auto of_other_days = of_run(view(), "old");
    const std::string manifest = layout.manifest_path(day_of(at(40)));
    testing::expect_ok(os::rename(manifest, temp_ / "elsewhere"));
    for (const bool is_damaged : {false, true}) {
        SCOPED_TRACE(is_damaged);
        if (is_damaged) testing::expect_ok(os::write_file_atomic(manifest, "{"));
        const auto merged = testing::value_of(merge_ledger(to_.dir(), dir_));
        EXPECT_EQ(merged.unreadable_parts, 1U);
        EXPECT_TRUE(merged.has_conflicts());
        ASSERT_EQ(merged.notes.size(), 1U);
        const std::string named =
            is_damaged ? manifest : to_string(day_of(at(40))) + "/part-000001 was sealed";
        EXPECT_NE(merged.notes[0].find(named), std::string::npos) << merged.notes[0];
        EXPECT_EQ(of_run(to_, "old"), of_other_days);
        EXPECT_TRUE(of_run(to_, "older").empty());
    }
    testing::expect_ok(os::rename(temp_ / "elsewhere", manifest));
    EXPECT_FALSE(testing::value_of(merge_ledger(to_.dir(), dir_)).has_conflicts());
    EXPECT_EQ(to_.events(), all);
}

TEST_F(TransferArchives, ABackupHasArchivesAndTheirSeals) {
    testing::value_of(backup_ledger(dir_, temp_ / "backup"));
    testing::value_of(restore_ledger(temp_ / "backup", temp_ / "back"));
    EXPECT_EQ(TestLedger(temp_ / "back").events(true), view().events(true));
    const ledger::LedgerDir back(temp_ / "back");
    const auto report = testing::value_of(ledger::verify(
        back, {.deep = true, .archives = std::make_shared<archive::ArchiveReader>(back)}));
    EXPECT_TRUE(report.findings.empty());
}

TEST_F(TransferArchives, ARunThatRetentionRemovedComesBackOnlyIfAsked) {
    testing::value_of(export_runs(dir_, {"older"}, temp_ / "b"));
    const auto before = of_run(view(), "older");
    retain({.keep_days = 35, .summaries = Summaries::kDrop});
    const auto removed = testing::value_of(removed_runs(dir_));
    ASSERT_TRUE(removed.contains("older"));
    const auto refused = import_bundle(dir_, temp_ / "b");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_NE(refused.error().message().find(removed.at("older").event_id), std::string::npos);
    // A ledger that still has it is merged without it.
    testing::value_of(import_bundle(to_.dir(), temp_ / "b"));
    const auto merged = testing::value_of(merge_ledger(dir_, to_.dir()));
    EXPECT_EQ(merged.events.events, 0U);
    EXPECT_EQ(merged.of_removed_runs, before.size());
    testing::value_of(import_bundle(dir_, temp_ / "b", {.again = true}));
    EXPECT_EQ(of_run(view(), "older"), before);
    // It is here: the same bundle changes nothing.
    const auto twice = testing::value_of(import_bundle(dir_, temp_ / "b"));
    EXPECT_EQ(twice.events.known, before.size());
    EXPECT_EQ(twice.events.written, 0U);
    EXPECT_TRUE(twice.deleted_runs.empty());
}

TEST_F(TransferArchives, WhatIsRecordedAfterARetentionIsMergedAndTheRestIfAsked) {
    testing::value_of(merge_ledger(to_.dir(), dir_));
    const auto before = of_run(view(), "older");
    retain({.keep_days = 35, .summaries = Summaries::kDrop});
    to_.emit(R"({"event_type":"trial.recorded","run_id":"older","trial_id":"after","params":{},)"
             R"("metrics":{}})");
    const auto merged = testing::value_of(merge_ledger(dir_, to_.dir()));
    EXPECT_EQ(merged.events.written, 1U);
    EXPECT_EQ(merged.of_removed_runs, before.size());
    EXPECT_EQ(of_run(view(), "older").size(), 1U);
    // The next one has nothing new to read, and asked for it takes back the rest.
    EXPECT_EQ(testing::value_of(merge_ledger(dir_, to_.dir())).parts_read, 0U);
    const auto again = testing::value_of(merge_ledger(dir_, to_.dir(), {.again = true}));
    EXPECT_EQ(again.of_removed_runs, 0U);
    EXPECT_EQ(of_run(view(), "older").size(), before.size() + 1);
}

// As of two copies of one ledger from which the same was removed.
TEST_F(TransferArchives, WhatARetentionHasLeftHereIsNotLeftOut) {
    retain({.keep_days = 35});
    const auto left = of_run(view(), "older");
    ASSERT_FALSE(left.empty());
    for (const auto& [id, body] : left) to_.emit(body + "}");
    const auto merged = testing::value_of(merge_ledger(dir_, to_.dir()));
    EXPECT_EQ(merged.of_removed_runs, 0U);
    EXPECT_EQ(merged.events.known, left.size());
    EXPECT_EQ(merged.events.written, 0U);
    EXPECT_TRUE(merged.notes.empty());
}

// What is left of a run names its files, and they have been collected.
TEST_F(TransferArchives, FilesThatTheSourceHasRemovedAreNotWaitedFor) {
    event("run.completed", "older", at(40) + 9,
          R"(,"summary":{},"artifact_paths":{"curve":"artifacts/runs/older/curve.csv"})");
    append();
    archive();
    EXPECT_EQ(testing::value_of(merge_ledger(TestLedger().dir(), dir_)).missing, 1U);
    retain({.keep_days = 35});
    const auto merged = testing::value_of(merge_ledger(to_.dir(), dir_));
    EXPECT_EQ(of_run(to_, "older"), of_run(view(), "older"));
    EXPECT_EQ(merged.missing, 0U);
}

// Both finish it, and must not bring back what they have just removed.
TEST_F(TransferArchives, AnImportBringsBackNothingOfARetentionThatWasCutShort) {
    testing::value_of(export_runs(dir_, {"older"}, temp_ / "b"));
    decide_to_remove_older();
    const auto refused = import_bundle(dir_, temp_ / "b", {.clock = &clock_});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(of_run(view(), "older"), (std::map<std::string, std::string>{}));
    EXPECT_FALSE(std::filesystem::exists(dir_.imports_dir())) << "no import has begun";
}

TEST_F(TransferArchives, AMergeBringsBackNothingOfARetentionThatWasCutShort) {
    testing::value_of(merge_ledger(to_.dir(), dir_));
    const auto before = of_run(to_, "older");
    decide_to_remove_older();
    const auto merged = testing::value_of(merge_ledger(dir_, to_.dir(), {.clock = &clock_}));
    EXPECT_EQ(merged.of_removed_runs, before.size());
    EXPECT_EQ(of_run(view(), "older"), (std::map<std::string, std::string>{}));
}

}  // namespace
}  // namespace daybook::lifecycle
