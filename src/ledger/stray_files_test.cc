#include "ledger/stray_files.h"

#include <climits>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "os/process.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

TEST(TemporaryName, SaysWhatItWillBeAndWhoWritesIt) {
    EXPECT_EQ(parse_temporary("ledger.json.tmp-4711"), (TemporaryName{"ledger.json", 4711}));
    for (const char* name : {"", "ledger.json", "ledger.json.tmp-", "ledger.json.tmp-x",
                             "ledger.json.tmp-12.1769126400000", "ledger.json.tmp--3"}) {
        EXPECT_EQ(parse_temporary(name), TemporaryName{}) << name;
    }
}

TEST(IsStray, OnlyWhatIsNotFreshAndNobodysAnyMore) {
    EXPECT_FALSE(is_stray({.process_is_there = false, .age_ms = 59'999}));
    EXPECT_TRUE(is_stray({.process_is_there = false, .age_ms = 60'000}));
    EXPECT_FALSE(is_stray({.process_is_there = true, .age_ms = 3'599'999}));
    EXPECT_TRUE(is_stray({.process_is_there = true, .age_ms = 3'600'000}));
}

class FindStrayFiles : public ::testing::Test {
protected:
    void put(const std::string& name) {
        const std::filesystem::path path = root_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << "x";
    }
    // By name, with its kind.
    std::vector<std::string> found(std::int64_t after_ms) {
        const auto files =
            find_stray_files(LedgerDir(root_.path()), system_clock().now() + after_ms);
        std::vector<std::string> names;
        for (const StrayFile& file : files.value()) {
            const char* kinds[] = {"temporary ", "journal ", "unknown "};
            names.push_back(kinds[static_cast<int>(file.kind)] +
                            file.path.substr(root_.path().size() + 1));
        }
        return names;
    }
    testing::TempDir root_;
};

TEST_F(FindStrayFiles, AreThoseOfDeadProcessesUnderOurNames) {
    const std::string dead = fmt::format(".tmp-{}", INT_MAX);
    const std::string alive = fmt::format(".tmp-{}", os::this_process().pid);
    put("ledger.json" + dead);
    put("ledger.json" + alive);
    put("notes.txt" + dead);
    put("events/_schema.json" + dead);
    put("events/other.json" + dead);
    put("events/other.json");
    put("events/_mine");
    put("events/day=2026-01-23/part-000001.jsonl");
    put("events/day=2026-01-23/part-000001.seal.json" + dead);
    put("events/day=2026-01-23/part-000001.jsonl~");
    put("events/elsewhere/part-000001.jsonl~");
    put("torn/2026-01-23.part-000001.4711.bytes" + dead);
    put("torn/mine" + dead);
    put("artifacts/code/0a1b.diff" + dead);
    put("artifacts/code/mine" + dead);
    put("index/runs.duckdb.wal");
    const std::vector<std::string> expected = {
        "temporary artifacts/code/0a1b.diff" + dead,
        "temporary events/_schema.json" + dead,
        "temporary events/day=2026-01-23/part-000001.seal.json" + dead,
        "unknown events/day=2026-01-23/part-000001.jsonl~",
        "unknown events/elsewhere",
        "unknown events/other.json",
        "journal index/runs.duckdb.wal",
        "temporary ledger.json" + dead,
        "temporary torn/2026-01-23.part-000001.4711.bytes" + dead,
    };
    std::vector<std::string> sorted = expected;
    const auto name = [](const std::string& text) { return text.substr(text.find(' ') + 1); };
    std::sort(sorted.begin(), sorted.end(),
              [&](const auto& a, const auto& b) { return name(a) < name(b); });
    EXPECT_EQ(found(60'000), sorted);
    EXPECT_EQ(found(0),
              (std::vector<std::string>{"unknown events/day=2026-01-23/part-000001.jsonl~",
                                        "unknown events/elsewhere", "unknown events/other.json",
                                        "journal index/runs.duckdb.wal"}));
    EXPECT_EQ(found(3'600'000).size(), expected.size() + 1);
}

TEST_F(FindStrayFiles, NoneWhereThereIsNoLedger) {
    EXPECT_EQ(find_stray_files(LedgerDir(root_ / "none"), TimestampMs(0)).value(),
              std::vector<StrayFile>{});
}

}  // namespace
}  // namespace daybook::ledger
