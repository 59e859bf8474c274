// What touches sealed parts, killed at every one of its kill points: at no moment is a byte of the
// log lost to its readers, and the next run finishes.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/log_source.h"
#include "crash/step.h"
#include "os/kill_point.h"
#include "support/sealed_ledger.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

using ledger::LedgerDir;

// How a step ends whose kill point is due; in builds without them it just does its work.
std::string killed() { return os::kHasKillPoints ? "signal 9" : "exit 0"; }

// A kind of work that can be killed, as a row of the table below.
struct Work {
    std::string verb;  // of lifecycle_child
    // Its kill points, and how often it passes each.
    std::map<std::string, int> points;
    // Makes the ledger that it finds.
    std::function<void(const LedgerDir&)> prepare;
    // What must be the same before, after a kill, and at the end.
    std::function<std::map<std::string, std::string>(const LedgerDir&)> kept;
    // What is wrong at the end; empty: nothing.
    std::function<std::string(const LedgerDir&)> unfinished;
};

// Every file below `directory` but locks, by its name from there on.
std::set<std::string> files_below(const std::string& directory, const std::string& prefix = "") {
    std::set<std::string> files;
    const auto entries = os::list_dir(directory);
    if (!entries) return files;
    for (const os::DirEntry& entry : *entries) {
        const std::string name = prefix + entry.name;
        if (entry.is_directory) {
            files.merge(files_below(os::join_path(directory, entry.name), name + "/"));
        } else if (!name.ends_with(".lock")) {
            files.insert(name);
        }
    }
    return files;
}

// Two days of two parts each, and trash that is due to go.
void prepare_archive(const LedgerDir& dir) {
    for (std::int32_t day = 0; day < 2; ++day) {
        for (std::uint32_t number = 1; number <= 2; ++number) {
            put_ledger_part(dir, ledger_part(number, kLedgerDay + day),
                            fmt::format("day {} part {}\n\n\xff torn", day, number));
        }
    }
    seal_ledger(dir);
    const std::string old = dir.trash_dir() + "/20200101T000000.000Z";
    expect_ok(os::make_dirs(old + "/events"));
    expect_ok(os::write_file_atomic(old + "/events/part", "old"));
    expect_ok(os::write_file_atomic(
        old + "/entry.json",
        R"({"format":1,"at":"2020-01-01T00:00:00.000Z","boot_id":"x","monotonic_ns":1})"));
}

std::string unfinished_archive(const LedgerDir& dir) {
    const std::set<std::string> expected = {"archive/day=2026-01-23/events-000001.parquet",
                                            "archive/day=2026-01-23/manifest.json",
                                            "archive/day=2026-01-24/events-000001.parquet",
                                            "archive/day=2026-01-24/manifest.json",
                                            "events/_head.json",
                                            "events/day=2026-01-23/part-000001.seal.json",
                                            "events/day=2026-01-23/part-000002.seal.json",
                                            "events/day=2026-01-24/part-000001.seal.json",
                                            "events/day=2026-01-24/part-000002.seal.json"};
    std::string wrong;
    std::set<std::string> found = files_below(dir.root());
    // What has come there just now.
    std::erase_if(found, [](const std::string& name) {
        return name.starts_with("trash/") && !name.starts_with("trash/2020");
    });
    for (const std::string& name : found) {
        // A number that a killed run has used for a file that it had named stays used.
        const bool second = name.ends_with("/events-000002.parquet");
        if (!expected.contains(name) && !second) wrong += "there is " + name + "\n";
    }
    for (const std::string& name : expected) {
        const bool first = name.ends_with("/events-000001.parquet");
        if (!found.contains(name) && !first) wrong += "there is no " + name + "\n";
    }
    return wrong;
}

const std::vector<Work>& works() {
    static const std::vector<Work> all = {
        {.verb = "archive",
         .points = {{"archive.file_written", 2},
                    {"archive.read_back", 2},
                    {"archive.file_named", 2},
                    {"archive.manifest_written", 2},
                    {"archive.part_moved", 4},
                    {"archive.day_done", 2},
                    {"trash.entry_removed", 1}},
         .prepare = prepare_archive,
         .kept = ledger_bytes,
         .unfinished = unfinished_archive},
    };
    return all;
}

class KilledWork : public ::testing::TestWithParam<std::size_t> {
protected:
    const Work& work() const { return works()[GetParam()]; }
    std::string run(const std::string& kill_at = "") {
        return run_step({work().verb, dir_.root()}, kill_at);
    }
    void prepare() {
        expect_ok(os::remove_tree(dir_.root()));
        work().prepare(dir_);
    }

    TempDir temp_;
    LedgerDir dir_{temp_ / "ledger"};
};

TEST_P(KilledWork, IsFinishedByTheNextRunAndNothingIsLost) {
    prepare();
    const auto expected = work().kept(dir_);
    ASSERT_EQ(run(), "exit 0");
    EXPECT_EQ(work().kept(dir_), expected);
    EXPECT_EQ(work().unfinished(dir_), "");
    for (const auto& [point, passages] : work().points) {
        for (int passage = 1; passage <= passages; ++passage) {
            const std::string kill_at = fmt::format("{}:{}", point, passage);
            SCOPED_TRACE(kill_at);
            prepare();
            EXPECT_EQ(run(kill_at), killed());
            EXPECT_EQ(work().kept(dir_), expected);
            EXPECT_EQ(run(), "exit 0");
            EXPECT_EQ(work().kept(dir_), expected);
            EXPECT_EQ(work().unfinished(dir_), "");
        }
    }
}

TEST_P(KilledWork, ComesToAnEndHoweverOftenItIsKilled) {
    prepare();
    const auto expected = work().kept(dir_);
    for (const auto& [point, passages] : work().points) {
        // It may have come past this point for good.
        const std::string end = run(point);
        EXPECT_TRUE(end == killed() || end == "exit 0") << point << ": " << end;
        EXPECT_EQ(work().kept(dir_), expected) << point;
    }
    EXPECT_EQ(run(), "exit 0");
    EXPECT_EQ(work().kept(dir_), expected);
    EXPECT_EQ(work().unfinished(dir_), "");
}

// A point that is in the list and in no row is visited by nobody.
TEST_P(KilledWork, HasARowForEachOfItsKillPoints) {
    std::set<std::string> areas;
    for (const auto& [point, passages] : work().points) {
        areas.insert(point.substr(0, point.find('.')));
    }
    for (const os::KillPoint point : os::all_kill_points()) {
        const std::string name(to_string(point));
        if (!areas.contains(name.substr(0, name.find('.')))) continue;
        EXPECT_TRUE(work().points.contains(name)) << name;
    }
}

INSTANTIATE_TEST_SUITE_P(Lifecycle, KilledWork, ::testing::Range(std::size_t{0}, works().size()),
                         [](const auto& row) { return works()[row.param].verb; });

}  // namespace
}  // namespace daybook::testing
