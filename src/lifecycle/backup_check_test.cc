// What a ledger has lost does not take the place of what its backup has.

#include "lifecycle/backup_check.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "ledger/sealer.h"
#include "lifecycle/archiver.h"
#include "lifecycle/backup.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

constexpr const char* kPart = "events/day=2026-01-23/part-000001.jsonl";
constexpr const char* kSeal = "events/day=2026-01-23/part-000001.seal.json";
constexpr const char* kOpenPart = "events/day=2026-01-23/part-000002.jsonl";
constexpr const char* kManifest = "archive/day=2026-01-23/manifest.json";
constexpr const char* kFile = "archive/day=2026-01-23/events-000001.parquet";

class BackupCheckTest : public ::testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        add_run("old");
        testing::value_of(ledger::seal_parts(ledger_.dir(), {}));
    }
    // An event of one fixed day.
    void add_run(const std::string& run_id) {
        ledger_.emit(R"({"event_type":"run.created","run_id":")" + run_id +
                     R"(","timestamp_ms":1769159700250,"run_type":"policy","config":{},)"
                     R"("data_fingerprint":""})");
    }
    void archive() {
        const auto report = testing::value_of(archive_days(ledger_.dir()));
        ASSERT_EQ(report.days.size(), 1U);
        ASSERT_EQ(report.days[0].state, ArchiveState::kArchived) << report.days[0].detail;
    }
    Lines backup() {
        const BackupReport report =
            testing::value_of(backup_ledger(ledger_.dir(), place_, {.incremental = GetParam()}));
        EXPECT_EQ(ledger_.read("backup.json").find("\"verified\":true") != std::string::npos,
                  report.losses.empty() && report.unread == 0);
        return report.losses;
    }
    void overwrite(const std::string& place, const std::string& bytes) {
        fs::permissions(ledger_.path(place), fs::perms::owner_write, fs::perm_options::add);
        ledger_.put(place, bytes);
        fs::permissions(ledger_.path(place), fs::perms::owner_read, fs::perm_options::replace);
    }
    // Twice: what was kept once is kept again.
    void expect_kept(const std::string& place, const std::string& bytes, const std::string& what) {
        const Lines expected{place + ": " + what + "; the backup keeps the copy that it had"};
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(backup(), expected);
            EXPECT_EQ(restored(place), bytes);
        }
    }
    std::string restored(const std::string& place) {
        fs::remove_all(back_);
        testing::value_of(restore_ledger(place_, back_));
        return TestLedger(back_).read(place);
    }

    testing::TempDir temp_;
    std::string place_ = temp_ / "backup";
    std::string back_ = temp_ / "restored";
    TestLedger ledger_;
};

INSTANTIATE_TEST_SUITE_P(WholeAndIncremental, BackupCheckTest, ::testing::Bool());

TEST_P(BackupCheckTest, ACopyOfAnArtifactThatChangedIsKeptAsItWas) {
    const std::string content = sha256_hex("a table");
    const std::string place = "artifacts/inputs/" + content + ".parquet";
    ledger_.put(place, "a table");
    EXPECT_EQ(backup(), Lines{});
    ledger_.put(place, "another one");
    expect_kept(place, "a table", "it is not what its name says");
}

TEST_P(BackupCheckTest, AWholeLedgerHasNoLosses) {
    EXPECT_EQ(backup(), Lines{});
    archive();
    EXPECT_EQ(backup(), Lines{});
    EXPECT_EQ(restored(kPart), "(none)");
}

TEST_P(BackupCheckTest, ASealedPartThatIsMissingIsKept) {
    backup();
    const std::string bytes = ledger_.read(kPart);
    fs::remove(ledger_.path(kPart));
    expect_kept(kPart, bytes, "it was sealed, and is missing");
}

TEST_P(BackupCheckTest, ASealedPartThatIsOverwrittenIsKept) {
    backup();
    const std::string bytes = ledger_.read(kPart);
    overwrite(kPart, std::string(bytes.size(), 'x'));
    expect_kept(kPart, bytes, "it is not what was sealed");
}

TEST_P(BackupCheckTest, AnArchiveFileThatIsMissingIsKept) {
    archive();
    backup();
    const std::string bytes = ledger_.read(kFile);
    fs::remove(ledger_.path(kFile));
    expect_kept(kFile, bytes, "its manifest names it, and it is missing");
}

TEST_P(BackupCheckTest, AnArchiveFileThatIsChangedIsKept) {
    archive();
    backup();
    const std::string bytes = ledger_.read(kFile);
    overwrite(kFile, "x");
    expect_kept(kFile, bytes, "it is not what its manifest says");
}

TEST_P(BackupCheckTest, AManifestThatCannotBeReadIsKept) {
    archive();
    backup();
    const std::string bytes = ledger_.read(kManifest);
    const std::string file = ledger_.read(kFile);
    overwrite(kManifest, "{");
    fs::remove(ledger_.path(kFile));
    expect_kept(kManifest, bytes, "it cannot be read");
    EXPECT_EQ(restored(kFile), file);
}

TEST_P(BackupCheckTest, AnArchiveThatIsMissingAltogetherIsKept) {
    archive();
    backup();
    const std::string file = ledger_.read(kFile);
    fs::remove_all(ledger_.path("archive"));
    EXPECT_EQ(backup(), Lines{std::string(kPart) + ": it was sealed, and is missing; the backup "
                                                   "keeps the copy that it had"});
    EXPECT_EQ(restored(kFile), file);
}

TEST_P(BackupCheckTest, ThePartOfBeforeIsKeptWhereItsArchiveIsLost) {
    backup();
    const std::string bytes = ledger_.read(kPart);
    archive();
    fs::remove(ledger_.path(kFile));
    backup();
    EXPECT_EQ(restored(kPart), bytes);
}

TEST_P(BackupCheckTest, ASealThatIsMissingIsKeptWithItsPart) {
    backup();
    const std::string bytes = ledger_.read(kPart);
    fs::remove(ledger_.path(kPart));
    fs::remove(ledger_.path(kSeal));
    const Lines losses = backup();
    ASSERT_EQ(losses.size(), 2U);
    EXPECT_EQ(losses[0],
              std::string(kSeal) + ": the seal is missing; the backup keeps the copy that it had");
    EXPECT_EQ(restored(kPart), bytes);
}

TEST_P(BackupCheckTest, AnOpenPartGrowsAndIsSealed) {
    add_run("new");
    EXPECT_EQ(backup(), Lines{});
    add_run("newer");
    EXPECT_EQ(backup(), Lines{});
    EXPECT_EQ(restored(kOpenPart), ledger_.read(kOpenPart));
    testing::value_of(ledger::seal_parts(ledger_.dir(), {}));
    EXPECT_EQ(backup(), Lines{});
    archive();
    EXPECT_EQ(backup(), Lines{});
    EXPECT_EQ(restored(kOpenPart), "(none)");
}

TEST_P(BackupCheckTest, AnOpenPartThatIsMissingIsKept) {
    add_run("new");
    backup();
    const std::string bytes = ledger_.read(kOpenPart);
    fs::remove(ledger_.path(kOpenPart));
    expect_kept(kOpenPart, bytes, "it was there, and is missing");
}

TEST_P(BackupCheckTest, AnOpenPartThatWasTruncatedIsKept) {
    add_run("new");
    backup();
    const std::string bytes = ledger_.read(kOpenPart);
    ledger_.put(kOpenPart, "");
    expect_kept(kOpenPart, bytes, "it does not begin with what the last backup has of it");
    // Another one of that name, longer than the first was.
    add_run("another");
    add_run("yet another");
    ASSERT_GT(ledger_.read(kOpenPart).size(), bytes.size());
    expect_kept(kOpenPart, bytes, "it does not begin with what the last backup has of it");
    ledger_.put(kOpenPart, bytes);
    EXPECT_EQ(backup(), Lines{});
}

TEST_P(BackupCheckTest, WithoutAnOlderCopyItIsNamed) {
    const std::string bytes = ledger_.read(kPart);
    const std::string damaged(bytes.size(), 'x');
    overwrite(kPart, damaged);
    EXPECT_EQ(backup(), Lines{std::string(kPart) +
                              ": it is not what was sealed; the backup has no better copy"});
    EXPECT_EQ(restored(kPart), damaged);
    // Put right, it takes the damaged one's place.
    overwrite(kPart, bytes);
    EXPECT_EQ(backup(), Lines{});
    EXPECT_EQ(restored(kPart), bytes);
}

}  // namespace
}  // namespace daybook::lifecycle
