#include "lifecycle/backup_plan.h"

#include <sys/stat.h>

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class BackupPlanTest : public ::testing::Test {
protected:
    // The bytes that are planned of each file.
    std::map<std::string, std::uint64_t> plan() {
        std::map<std::string, std::uint64_t> bytes;
        for (const PlannedFile& file : testing::value_of(plan_backup(ledger_.dir(), 1000)).files) {
            bytes[file.path] = file.bytes;
        }
        return bytes;
    }

    TestLedger ledger_;
};

TEST_F(BackupPlanTest, APartIsTakenUpToItsLastWholeLine) {
    const std::string part = "events/day=2026-01-23/part-000001.jsonl";
    for (const std::string& bytes :
         {std::string(), std::string("no end"), std::string("a\n"), std::string("a\nb"),
          "a\n" + std::string(200'000, 'x'), std::string(200'000, 'x') + "\n"}) {
        ledger_.put(part, bytes);
        EXPECT_EQ(plan()[part], bytes.rfind('\n') + 1);
    }
}

TEST_F(BackupPlanTest, APartThatNobodyMayWriteIsTakenWhole) {
    const std::string part = "events/day=2026-01-23/part-000001.jsonl";
    ledger_.put(part, "a\nb");
    ASSERT_EQ(::chmod(ledger_.path(part).c_str(), 0444), 0);
    EXPECT_EQ(plan()[part], 3U);
}

TEST_F(BackupPlanTest, ALedgerWithoutAnEventIsPlanned) {
    ledger_.put("ledger.json", "{}");
    EXPECT_EQ(plan().size(), 1U);
}

TEST_F(BackupPlanTest, WhatIsReplacedIsReadNow) {
    ledger_.put("events/_head.json", "head");
    ledger_.put("ledger.json", "{}");
    for (const PlannedFile& file : testing::value_of(plan_backup(ledger_.dir(), 1000)).files) {
        EXPECT_EQ(file.content, file.path == "ledger.json" ? "{}" : "head") << file.path;
    }
}

TEST_F(BackupPlanTest, AllThatBelongsToTheLedgerIsListedAndNothingElse) {
    for (const char* place :
         {"ledger.json", "events/_schema.json", "events/_head.json", "events/_was_shared",
          "events/day=2026-01-23/part-000001.seal.json", "events/day=2026-01-23/part-000002.bad",
          "archive/day=2026-01-20/manifest.json", "archive/day=2026-01-20/events-000001.parquet",
          "torn/a", "quarantine/b", "artifacts/runs/r/f", "artifacts/g"}) {
        ledger_.put(place, "x");
    }
    auto expected = ledger_.files();
    for (const char* place :
         {"ledger.lock", "events/_reserve", "events/day=2026-01-23/part-000003.jsonl.tmp",
          "events/other", "index/runs.duckdb", "trash/t/entry.json", "_imports/m.json",
          "backup.json", "artifacts/.importing", "artifacts/objects/_lock",
          "artifacts/objects/37/1.tmp-4711"}) {
        ledger_.put(place, "x");
    }
    std::map<std::string, std::string> found;
    for (const auto& [place, bytes] : plan()) found[place] = sha256_hex("x");
    EXPECT_EQ(found, expected);
}

TEST_F(BackupPlanTest, WhatIsNoFileIsNamed) {
    ledger_.put("events/x", "");
    std::filesystem::create_directories(ledger_.path("artifacts"));
    ASSERT_EQ(::mkfifo(ledger_.path("artifacts/pipe").c_str(), 0600), 0);
    EXPECT_EQ(
        testing::value_of(plan_backup(ledger_.dir(), 1000)).notes,
        std::vector<std::string>{"artifacts/pipe: it is a link, a pipe or a device, and left out"});
}

// JSON is UTF-8: a list that had such a name could not be read again.
TEST_F(BackupPlanTest, WhatNoListCanNameIsLeftOutAndSaid) {
    ledger_.put("events/x", "");
    ledger_.put("artifacts/runs/r/caf\xe9.txt", "x");
    ledger_.put("artifacts/runs/\xff/below", "x");
    ledger_.put("artifacts/runs/r/caf\u00e9.txt", "x");
    const BackupPlan plan = testing::value_of(plan_backup(ledger_.dir(), 1000));
    const std::string why =
        ": its name is no UTF-8, and no list can hold it: it is left out of the backup; rename it";
    EXPECT_EQ(plan.unlisted, (std::vector<std::string>{R"(artifacts/runs/r/caf\xe9.txt)" + why,
                                                       R"(artifacts/runs/\xff)" + why}));
    ASSERT_EQ(plan.files.size(), 1U);
    EXPECT_EQ(plan.files[0].path, "artifacts/runs/r/caf\u00e9.txt");
}

// One that leads in a circle would never end.
TEST_F(BackupPlanTest, LinksAreNamedAndNotFollowed) {
    ledger_.put("events/x", "");
    ledger_.put("artifacts/runs/r/f", "x");
    ledger_.put("elsewhere/secret", "x");
    std::filesystem::create_directory_symlink("..", ledger_.path("artifacts/runs/circle"));
    std::filesystem::create_directory_symlink(ledger_.path("elsewhere"),
                                              ledger_.path("artifacts/runs/out"));
    std::filesystem::create_symlink("r/f", ledger_.path("artifacts/runs/to-file"));
    const BackupPlan plan = testing::value_of(plan_backup(ledger_.dir(), 1000));
    EXPECT_EQ(plan.notes,
              (std::vector<std::string>{
                  "artifacts/runs/circle: it is a link, a pipe or a device, and left out",
                  "artifacts/runs/out: it is a link, a pipe or a device, and left out",
                  "artifacts/runs/to-file: it is a link, a pipe or a device, and left out"}));
    ASSERT_EQ(plan.files.size(), 1U);
    EXPECT_EQ(plan.files[0].path, "artifacts/runs/r/f");
}

}  // namespace
}  // namespace daybook::lifecycle
