// A backup becomes a ledger, or nothing.

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "ledger/sealer.h"
#include "lifecycle/backup.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class RestoreTest : public ::testing::Test {
protected:
    void backup() { testing::value_of(backup_ledger(ledger_.dir(), place_)); }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream bytes;
        bytes << file.rdbuf();
        return bytes.str();
    }
    void expect_nothing_made() const {
        EXPECT_FALSE(std::filesystem::exists(back_));
        EXPECT_FALSE(std::filesystem::exists(back_ + ".restoring"));
    }

    testing::TempDir temp_;
    std::string place_ = temp_ / "backup";
    std::string back_ = temp_ / "restored";
    TestLedger ledger_;
};

TEST_F(RestoreTest, RestoringTakesNoDirectoryThatHoldsSomething) {
    ledger_.add_run("r1", 0);
    backup();
    std::filesystem::create_directories(back_);
    testing::value_of(restore_ledger(place_, back_ + "/"));
    const auto refused = restore_ledger(place_, back_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_FALSE(std::filesystem::exists(back_ + ".restoring"));
}

TEST_F(RestoreTest, EachDamagedFileIsFoundAndNothingIsRestored) {
    ledger_.add_run("r1", 1, "some bytes");
    backup();
    for (const BackupFile& file : testing::value_of(read_backup_list(BackupDir(place_))).files) {
        SCOPED_TRACE(file.path);
        const std::string path = BackupDir(place_).file_path(file.sha256);
        const std::string whole = read(path);
        std::string changed = whole;
        changed[changed.size() / 2] ^= 1;
        for (const std::string& bad : {changed, whole.substr(1), whole + "x"}) {
            std::ofstream(path, std::ios::binary) << bad;
            const auto refused = restore_ledger(place_, back_);
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().code(), ErrorCode::kCorrupt);
            EXPECT_NE(refused.error().message().find(file.path), std::string::npos);
            expect_nothing_made();
        }
        std::filesystem::remove(path);
        EXPECT_NE(error_of(restore_ledger(place_, back_)).find("not there"), std::string::npos);
        expect_nothing_made();
        std::ofstream(path, std::ios::binary) << whole;
    }
    testing::value_of(restore_ledger(place_, back_));
    EXPECT_EQ(TestLedger(back_).events(), ledger_.events());
}

// A backup may come from anywhere: what has no end is not read to its end, and nobody waits for a
// writer.
TEST_F(RestoreTest, LinksAndPipesAreNoBytesOfAFile) {
    ledger_.add_run("r1", 0, "some bytes");
    backup();
    const std::string path = BackupDir(place_).file_path(sha256_hex("some bytes"));
    const auto expect_refused = [&] {
        const std::string refusal = error_of(restore_ledger(place_, back_));
        EXPECT_NE(refusal.find("artifacts/runs/r1/curve.csv: a link, a pipe or a device is where"),
                  std::string::npos)
            << refusal;
        expect_nothing_made();
        std::filesystem::remove(path);
    };
    std::filesystem::rename(path, temp_ / "elsewhere");
    std::filesystem::create_symlink(temp_ / "elsewhere", path);
    expect_refused();
    std::filesystem::create_symlink("/dev/zero", path);
    expect_refused();
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    expect_refused();
    // The next backup puts the bytes back.
    std::filesystem::create_symlink("/dev/zero", path);
    backup();
    testing::value_of(restore_ledger(place_, back_));
}

TEST_F(RestoreTest, OfAFileThatIsTooLongNoMoreIsReadThanTellsSo) {
    ledger_.add_run("r1", 0, "some bytes");
    backup();
    std::filesystem::resize_file(BackupDir(place_).file_path(sha256_hex("some bytes")),
                                 std::uintmax_t{1} << 30);
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    const auto refused = restore_ledger(place_, back_, {.progress = [&](auto now, auto all) {
                                            done = now;
                                            total = all;
                                            return true;
                                        }});
    ASSERT_FALSE(refused);
    EXPECT_LE(done, total + 1);
    expect_nothing_made();
}

TEST_F(RestoreTest, OneThatIsStoppedLeavesNothing) {
    ledger_.add_run("r1", 0);
    backup();
    const auto stopped =
        restore_ledger(place_, back_, {.progress = [](auto, auto) { return false; }});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    expect_nothing_made();
}

// What a killed restore has left is written over.
TEST_F(RestoreTest, LeftoversAreNoneOfIt) {
    ledger_.add_run("r1", 0);
    backup();
    std::filesystem::create_directories(back_ + ".restoring/events/day=2026-01-01");
    std::ofstream(back_ + ".restoring/events/day=2026-01-01/part-000001.jsonl") << "left";
    std::ofstream(back_ + ".restoring/restoring.lock") << "";
    testing::value_of(restore_ledger(place_, back_));
    EXPECT_EQ(TestLedger(back_).events(), ledger_.events());
    EXPECT_FALSE(std::filesystem::exists(back_ + "/events/day=2026-01-01"));
}

TEST_F(RestoreTest, WhatNoRestoreHasMadeIsNotEmptied) {
    ledger_.add_run("r1", 0);
    backup();
    const std::string coming = back_ + ".restoring";
    std::filesystem::create_directories(coming + "/thesis");
    std::ofstream(coming + "/thesis/chapter-1") << "mine";
    EXPECT_NE(error_of(restore_ledger(place_, back_)).find("no restore has made what is in it"),
              std::string::npos);
    EXPECT_EQ(read(coming + "/thesis/chapter-1"), "mine");
    std::filesystem::rename(coming, temp_ / "other");
    std::filesystem::create_directory_symlink(temp_ / "other", coming);
    EXPECT_NE(error_of(restore_ledger(place_, back_)).find("it is a link or a file"),
              std::string::npos);
    EXPECT_EQ(read(temp_ / "other/thesis/chapter-1"), "mine");
    std::filesystem::remove(coming);
    // What died before it could say whose it is.
    std::filesystem::create_directories(coming);
    std::ofstream(coming + "/lifecycle.lock") << "";
    testing::value_of(restore_ledger(place_, back_));
    EXPECT_FALSE(std::filesystem::exists(back_ + "/restoring.lock"));
    EXPECT_EQ(TestLedger(back_).events(), ledger_.events());
}

TEST_F(RestoreTest, TheDirectoryThatOneIsInIsRefusedBeforeAnythingIsCopied) {
    ledger_.add_run("r1", 0);
    backup();
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::create_directories(back_);
    std::filesystem::current_path(back_);
    const std::string refused = error_of(restore_ledger(place_, "."));
    const std::string named = error_of(restore_ledger(place_, "../other/../new"));
    std::filesystem::current_path(before);
    EXPECT_NE(refused.find("it is the directory that you are in"), std::string::npos) << refused;
    EXPECT_EQ(named, "");
    EXPECT_TRUE(std::filesystem::is_empty(back_));
    EXPECT_FALSE(std::filesystem::exists(back_ + ".restoring"));
    EXPECT_EQ(TestLedger(temp_ / "new").events(), ledger_.events());
}

TEST_F(RestoreTest, WhatIsNoBackupOfALedgerIsSaidToBeNone) {
    ledger_.add_run("r1", 0);
    backup();
    EXPECT_NE(error_of(restore_ledger(ledger_.root(), back_)).find("it is a ledger, and not a"),
              std::string::npos);
    BackupList list = testing::value_of(read_backup_list(BackupDir(place_)));
    std::erase_if(list.files, [](const BackupFile& file) { return file.path == "ledger.json"; });
    testing::expect_ok(
        os::write_file_atomic(BackupDir(place_).list_path(), encode_backup_list(list)));
    EXPECT_NE(error_of(restore_ledger(place_, back_)).find("it has no ledger.json"),
              std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(back_));
}

TEST_F(RestoreTest, WhereThereIsNoBackupNothingIsMade) {
    const auto refused = restore_ledger(place_, back_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(testing::value_of(os::list_dir(temp_.path())).empty());
}

}  // namespace
}  // namespace daybook::lifecycle
