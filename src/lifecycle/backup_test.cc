// A ledger is backed up and restored.

#include "lifecycle/backup.h"

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "ledger/sealer.h"
#include "ledger/verify.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/test_transfer.h"
#include "os/lock.h"
#include "os/syscalls.h"

namespace daybook::lifecycle {
namespace {

class BackupTest : public ::testing::Test {
protected:
    BackupReport backup(const BackupOptions& options = {}) {
        return testing::value_of(backup_ledger(ledger_.dir(), place_, options));
    }
    RestoreReport restore() {
        std::filesystem::remove_all(back_);
        return testing::value_of(restore_ledger(place_, back_));
    }
    // Of the restored ledger: what differs from the one that was backed up.
    void expect_restored() {
        auto expected = ledger_.files();
        expected.erase("backup.json");
        std::map<std::string, std::string> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(back_)) {
            if (!entry.is_regular_file() || entry.path().extension() == ".lock") continue;
            const std::string place = entry.path().string().substr(back_.size() + 1);
            found[place] = sha256_hex(read(entry.path()));
        }
        EXPECT_EQ(found, expected);
        const auto report =
            testing::value_of(ledger::verify(ledger::LedgerDir(back_), {.deep = true}));
        EXPECT_TRUE(report.findings.empty());
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream bytes;
        bytes << file.rdbuf();
        return bytes.str();
    }
    void put_sealed_day() {
        ledger_.emit(R"({"event_type":"run.created","run_id":"old","event_id":)"
                     R"("019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b","timestamp_ms":1769159700250,)"
                     R"("run_type":"policy","config":{},"data_fingerprint":""})");
        testing::value_of(ledger::seal_parts(ledger_.dir(), {}));
    }
    // The stored file with these bytes.
    std::string stored(const std::string& place) {
        return BackupDir(place_).file_path(sha256_hex(ledger_.read(place)));
    }

    testing::TempDir temp_;
    std::string place_ = temp_ / "backup";
    std::string back_ = temp_ / "restored";
    TestLedger ledger_;
};

TEST_F(BackupTest, ARetentionThatCannotBeFinishedIsNotedAndForbidsNothing) {
    ledger_.add_run("r1", 3, "some bytes");
    ledger_.put("archive/_retention.json", "{broken");
    const BackupReport made = backup();
    ASSERT_FALSE(made.notes.empty());
    EXPECT_TRUE(
        made.notes.back().starts_with("a retention that was cut short cannot be finished: read "))
        << made.notes.back();
    EXPECT_EQ(restore().files, made.files);
}

TEST_F(BackupTest, WhatIsRestoredIsTheLedger) {
    put_sealed_day();
    ledger_.add_run("r1", 3, "some bytes");
    ledger_.put("torn/2026-01-23.part-000001.4711.bytes", "torn");
    ledger_.put("archive/day=2026-01-20/manifest.json", "{}");
    const BackupReport made = backup();
    const RestoreReport report = restore();
    EXPECT_EQ(report.files, made.files);
    EXPECT_EQ(report.bytes, made.bytes);
    expect_restored();
    struct stat status{};
    ASSERT_EQ(::stat((back_ + "/events/day=2026-01-23/part-000001.jsonl").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0444U);
}

TEST_F(BackupTest, ASecondOneCopiesWhatIsNew) {
    put_sealed_day();
    ledger_.add_run("r1", 3, "some bytes");
    const BackupReport first = backup();
    EXPECT_EQ(first.copied, first.files);
    EXPECT_EQ(backup().copied, 0U);
    ledger_.add_run("r2", 1, "more");
    const BackupReport third = backup();
    EXPECT_EQ(third.copied, 2U) << "the part that grew, and the new file";
    EXPECT_EQ(third.removed, 1U) << "the part as it was";
    restore();
    expect_restored();
}

TEST_F(BackupTest, AnIncrementalOneReadsOnlyWhatHasChanged) {
    put_sealed_day();
    ledger_.add_run("r1", 3, "some bytes");
    backup();
    // Nobody reads it: what is in it now goes unnoticed.
    std::ofstream(stored("artifacts/runs/r1/curve.csv")) << "other byte";
    EXPECT_EQ(backup({.incremental = true}).copied, 0U);
    // A whole one mends it.
    EXPECT_EQ(backup().copied, 1U);
    ledger_.add_run("r2", 1, "more");
    const BackupReport report = backup({.incremental = true});
    EXPECT_EQ(report.copied, 2U);
    restore();
    expect_restored();
}

TEST_F(BackupTest, SameBytesAreThereOnce) {
    ledger_.add_run("r1", 0, "the same bytes");
    ledger_.add_run("r2", 0, "the same bytes");
    backup();
    restore();
    expect_restored();
}

// As open_artifact and model savers do, which write a file anew and rename it.
TEST_F(BackupTest, AFileThatIsReplacedMeanwhileIsTakenWholeAsItIsThen) {
    ledger_.add_run("r1", 0, "the first one");
    const std::string place = "artifacts/runs/r1/curve.csv";
    for (const std::string& next : {std::string("one that is longer than the first"),
                                    std::string("less"), std::string(3'000'000, 'x')}) {
        bool is_replaced = false;
        backup({.progress = [&](std::uint64_t, std::uint64_t) {
            if (std::exchange(is_replaced, true)) return true;
            ledger_.put("artifacts/runs/r1/new", next);
            std::filesystem::rename(ledger_.path("artifacts/runs/r1/new"), ledger_.path(place));
            return true;
        }});
        restore();
        EXPECT_EQ(sha256_hex(read(back_ + "/" + place)), sha256_hex(next));
        // What the list says of it is of what was read.
        EXPECT_EQ(backup({.incremental = true}).copied, 0U);
    }
}

TEST_F(BackupTest, AFileThatIsCutMeanwhileIsTakenAsItIsThen) {
    ledger_.add_run("r1", 0, "the first one");
    const std::string place = "artifacts/runs/r1/curve.csv";
    const BackupReport report = backup({.progress = [&](std::uint64_t, std::uint64_t) {
        ledger_.put(place, "less");
        return true;
    }});
    EXPECT_EQ(report.notes, std::vector<std::string>{});
    restore();
    EXPECT_EQ(read(back_ + "/" + place), "less");
}

TEST_F(BackupTest, AnUnfinishedLineStaysOutside) {
    ledger_.add_run("r1", 1);
    std::string part;
    for (const auto& [place, hash] : ledger_.files()) {
        if (place.ends_with(".jsonl")) part = place;
    }
    const std::string whole = ledger_.read(part);
    std::ofstream(ledger_.path(part), std::ios::app) << R"({"event_ty)";
    backup();
    restore();
    EXPECT_EQ(read(back_ + "/" + part), whole);
}

TEST_F(BackupTest, LocksIndexAndTrashAreNoneOfIt) {
    ledger_.add_run("r1", 0);
    ledger_.put("index/runs.duckdb", "x");
    ledger_.put("trash/20260123T101500.250Z/entry.json", "x");
    ledger_.put("_imports/merged-1.json", "x");
    backup();
    restore();
    for (const char* name : {"index", "trash", "_imports", "events/_seal.lock"}) {
        EXPECT_FALSE(std::filesystem::exists(back_ + "/" + name)) << name;
    }
}

TEST_F(BackupTest, TheLedgerSaysWhatTheLastOneCameTo) {
    ledger_.add_run("r1", 0);
    const BackupReport report = backup();
    const std::string note = ledger_.read("backup.json");
    EXPECT_NE(
        note.find(fmt::format(R"("verified":true,"unread":0,"losses":0,"bytes":{},"files":{}}})",
                              report.bytes, report.files)),
        std::string::npos)
        << note;
}

TEST_F(BackupTest, WhatIsNotReadIsNotCalledVerified) {
    ledger_.add_run("r1", 0, "x");
    backup();
    const BackupReport report = backup({.incremental = true});
    EXPECT_EQ(report.unread, 2U) << "the part and the file";
    const std::string note = ledger_.read("backup.json");
    EXPECT_NE(note.find(R"("verified":false,"unread":2)"), std::string::npos) << note;
    EXPECT_EQ(backup().unread, 0U);
}

TEST_F(BackupTest, SealsStayWhatNobodyMayWrite) {
    put_sealed_day();
    backup();
    restore();
    struct stat status{};
    ASSERT_EQ(::stat((back_ + "/events/day=2026-01-23/part-000001.seal.json").c_str(), &status), 0);
    struct stat expected{};
    ASSERT_EQ(
        ::stat(ledger_.path("events/day=2026-01-23/part-000001.seal.json").c_str(), &expected), 0);
    EXPECT_EQ(status.st_mode & 0777, expected.st_mode & 0777);
    EXPECT_EQ(expected.st_mode & 0777, 0444U);
}

// What `chmod -R g+s` sets, so that a group may share the tree, is none of what comes back.
TEST_F(BackupTest, OfAModeThePermissionsAreKept) {
    ledger_.add_run("r1", 0, "x");
    const std::string place = "artifacts/runs/r1/curve.csv";
    ASSERT_EQ(::chmod(ledger_.path(place).c_str(), 02640), 0);
    backup();
    backup({.incremental = true});
    restore();
    struct stat status{};
    ASSERT_EQ(::stat((back_ + "/" + place).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST_F(BackupTest, WhatNoListCanNameIsALossAndTheRestIsThere) {
    ledger_.add_run("r1", 0, "x");
    ledger_.put("artifacts/runs/r1/caf\xe9.txt", "y");
    const BackupReport report = backup();
    ASSERT_EQ(report.losses.size(), 1U);
    EXPECT_NE(report.losses[0].find(R"(caf\xe9.txt: its name is no UTF-8)"), std::string::npos)
        << report.losses[0];
    EXPECT_NE(ledger_.read("backup.json").find(R"("verified":false)"), std::string::npos);
    backup();
    std::filesystem::remove(ledger_.path("artifacts/runs/r1/caf\xe9.txt"));
    restore();
    expect_restored();
}

TEST_F(BackupTest, OnlyAPlaceOfItsOwnIsTaken) {
    ledger_.add_run("r1", 0);
    const auto refusal = [&](const std::string& place) {
        return error_of(backup_ledger(ledger_.dir(), place));
    };
    EXPECT_NE(refusal(ledger_.path("backup")).find("it lies in the ledger itself"),
              std::string::npos);
    EXPECT_NE(refusal(ledger_.root()).find("it lies in the ledger itself"), std::string::npos);
    TestLedger other;
    other.add_run("r1", 0);
    EXPECT_NE(refusal(other.root()).find("it is a ledger"), std::string::npos);
    testing::value_of(backup_ledger(other.dir(), temp_ / "elsewhere"));
    EXPECT_NE(refusal(other.root()).find("it is a ledger"), std::string::npos);
    std::filesystem::create_directories(temp_ / "full/thesis");
    EXPECT_NE(refusal(temp_ / "full").find("it holds something else"), std::string::npos);
    testing::value_of(backup_ledger(other.dir(), place_));
    EXPECT_NE(refusal(place_).find("the backup of another ledger"), std::string::npos);
}

// Done by somebody else just before a backup takes its lock.
std::function<void()> before_the_lock;
int open_behind_others(const char* path, int flags, mode_t mode) {
    const bool is_lock = std::string_view(path).ends_with("backup.lock");
    if (is_lock && before_the_lock) std::exchange(before_the_lock, nullptr)();
    return os::kernel_syscalls().open(path, flags, mode);
}

TEST_F(BackupTest, APlaceThatAnotherLedgerHasTakenMeanwhileIsLeftToIt) {
    ledger_.add_run("r1", 0);
    TestLedger other;
    other.add_run("r2", 0);
    before_the_lock = [&] { testing::value_of(backup_ledger(other.dir(), place_)); };
    std::string refusal;
    {
        os::Syscalls table = os::kernel_syscalls();
        table.open = open_behind_others;
        const os::ScopedSyscalls scoped(table);
        refusal = error_of(backup_ledger(ledger_.dir(), place_));
    }
    EXPECT_NE(refusal.find("the backup of another ledger"), std::string::npos) << refusal;
    restore();
    EXPECT_EQ(TestLedger(back_).events(), other.events());
}

TEST_F(BackupTest, WhileSomebodyArchivesItWaits) {
    ledger_.add_run("r1", 0);
    const auto lock =
        testing::value_of(os::LockFile::acquire(ledger_.dir().lifecycle_lock_path(), 0));
    const auto refused = backup_ledger(ledger_.dir(), place_, {.wait_ms = 10});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kBusy);
    EXPECT_FALSE(std::filesystem::exists(place_ + "/backup.json"));
}

}  // namespace
}  // namespace daybook::lifecycle
