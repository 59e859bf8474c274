#include "lifecycle/backup_list.h"

#include <string>

#include <gtest/gtest.h>

#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

TEST(BackupList, ReadsAsItWasWritten) {
    const BackupList list{.ledger_id = "l",
                          .at = "2026-01-23T09:15:00.250Z",
                          .files = {{"a/b", 7, std::string(64, 'a'), 0444, -5},
                                    {"c \"d\"", 0, std::string(64, '0'), 0600, 1}}};
    EXPECT_EQ(testing::value_of(decode_backup_list(encode_backup_list(list), "f")), list);
}

TEST(BackupList, PathsThatLeadOutAreRefused) {
    for (const char* path : {"../a", "/etc/passwd", "a/../../b", "", "a//b", "a/", "./a"}) {
        const BackupList list{.ledger_id = "l",
                              .files = {{path, 7, std::string(64, 'a'), 0644, 0}}};
        EXPECT_FALSE(decode_backup_list(encode_backup_list(list), "f")) << path;
    }
}

TEST(BackupList, WhatIsInNoBackupIsRefused) {
    for (const char* path : {"index/work/index.duckdb", "index", "trash/t/a", "_imports/a.json"}) {
        const BackupList list{.ledger_id = "l",
                              .files = {{path, 7, std::string(64, 'a'), 0644, 0}}};
        const auto refused = decode_backup_list(encode_backup_list(list), "f");
        ASSERT_FALSE(refused) << path;
        EXPECT_EQ(refused.error().code(), ErrorCode::kCorrupt);
    }
    for (const char* path : {"artifacts/index/a", "indexes", "events/day=2026-01-23/trash"}) {
        const BackupList list{.ledger_id = "l",
                              .files = {{path, 7, std::string(64, 'a'), 0644, 0}}};
        testing::value_of(decode_backup_list(encode_backup_list(list), "f"));
    }
}

TEST(BackupList, WhatIsNoListIsRefused) {
    for (const char* text : {"", "[]", "{}", R"({"format":2,"ledger_id":"l","files":[]})",
                             R"({"format":1,"ledger_id":"l"})", R"({"format":1,"files":[]})",
                             R"({"format":1,"ledger_id":"l","files":[{"path":"a","sha256":"b"}]})",
                             R"({"format":1,"ledger_id":"l","files":[]} x)"}) {
        EXPECT_FALSE(decode_backup_list(text, "f")) << text;
    }
}

// As the first versions wrote them of a tree with `chmod g+s`.
TEST(BackupList, OfAModeOnlyThePermissionsAreTaken) {
    const BackupList list{.ledger_id = "l", .files = {{"a", 7, std::string(64, 'a'), 02644, 0}}};
    const BackupList read = testing::value_of(decode_backup_list(encode_backup_list(list), "f"));
    EXPECT_EQ(read.files.at(0).mode, 0644U);
}

TEST(BackupList, OneThatCouldNotBeReadAgainLeavesTheOneBefore) {
    const testing::TempDir temp;
    const BackupDir dir(temp.path());
    const BackupList good{.ledger_id = "l", .files = {{"a", 7, std::string(64, 'a'), 0644, 0}}};
    testing::expect_ok(write_backup_list(dir, good));
    for (const BackupFile& file : {BackupFile{"caf\xe9", 7, std::string(64, 'a'), 0644, 0},
                                   BackupFile{"../a", 7, std::string(64, 'a'), 0644, 0},
                                   BackupFile{"a", 7, std::string(64, 'a'), 02644, 0}}) {
        const Status refused = write_backup_list(dir, {.ledger_id = "l", .files = {file}});
        ASSERT_FALSE(refused) << file.path;
        EXPECT_EQ(refused.error().code(), ErrorCode::kCorrupt);
        EXPECT_EQ(testing::value_of(read_backup_list(dir)), good);
    }
}

TEST(BackupList, AFileLiesByTheBeginningOfItsHash) {
    EXPECT_EQ(BackupDir("b").file_path("3728ac"), "b/files/37/3728ac");
}

}  // namespace
}  // namespace daybook::lifecycle
