#include "lifecycle/archive_leftovers.h"

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "archive/test_archive.h"
#include "os/syscalls.h"

namespace daybook::lifecycle {
namespace {

using archive::kTestDay;
using archive::own_line;
using archive::test_part;
using Lines = std::vector<std::string>;

class ArchiveLeftoversTest : public archive::ArchiveTest {
protected:
    Leftovers finish() { return testing::value_of(finish_archives(dir_, clock_)); }
    void put(const std::string& name) {
        testing::expect_ok(os::make_dirs(layout_.day_dir(kTestDay)));
        testing::expect_ok(os::write_file_atomic(layout_.file_path(kTestDay, name), "x"));
    }
    std::vector<std::string> files() {
        std::vector<std::string> names;
        for (const os::DirEntry& entry :
             testing::value_of(os::list_dir(layout_.day_dir(kTestDay)))) {
            names.push_back(entry.name);
        }
        return names;
    }

    ManualClock clock_{TimestampMs(1'769'159'700'250)};
};

TEST_F(ArchiveLeftoversTest, WithoutArchivesThereIsNothingToDo) {
    EXPECT_TRUE(finish().finished.empty());
}

TEST_F(ArchiveLeftoversTest, WhatWasBeingWrittenIsRemoved) {
    put("events-000001.parquet.tmp");
    put("manifest.json.tmp-4711");
    EXPECT_EQ(finish().finished,
              (Lines{"archive/day=2026-01-23/events-000001.parquet.tmp: removed: it was being "
                     "written",
                     "archive/day=2026-01-23/manifest.json.tmp-4711: removed: it was being "
                     "written"}));
    EXPECT_TRUE(files().empty());
}

TEST_F(ArchiveLeftoversTest, AFileThatNoManifestNamesGoesToTheTrash) {
    archive({put_part(test_part(1), own_line("r1", 1))});
    put("events-000002.parquet");
    EXPECT_EQ(finish().finished, Lines{"archive/day=2026-01-23/events-000002.parquet: moved to "
                                       "trash/20260123T091500.250Z: no manifest names it"});
    EXPECT_EQ(files(), (Lines{"events-000001.parquet", "manifest.json"}));
}

TEST_F(ArchiveLeftoversTest, WhereANamedFileIsMissingNothingGoes) {
    archive({put_part(test_part(1), own_line("r1", 1))});
    put("events-000002.parquet");
    testing::expect_ok(os::remove_file(layout_.file_path(kTestDay, "events-000001.parquet")));
    put_part(test_part(1), own_line("r1", 1));
    const Leftovers leftovers = finish();
    EXPECT_TRUE(leftovers.finished.empty());
    EXPECT_EQ(leftovers.disputed, std::vector<log::PartId>{test_part(1)});
    EXPECT_EQ(leftovers.problems,
              (Lines{"archive/day=2026-01-23/events-000001.parquet is not there, and the manifest "
                     "names it: put it back from a backup, which 'daybook restore' writes to a "
                     "directory",
                     "archive/day=2026-01-23/events-000002.parquet: left where it is: no manifest "
                     "names it, but a file that the manifest names is missing",
                     "events/day=2026-01-23/part-000001.jsonl: left where it is: it is archived, "
                     "but events-000001.parquet is missing"}));
    EXPECT_EQ(files(), (Lines{"events-000002.parquet", "manifest.json"}));
    EXPECT_TRUE(testing::value_of(os::exists(dir_.layout().part_path(test_part(1)))));
}

TEST_F(ArchiveLeftoversTest, WhereASealedPartIsNowhereAnUnnamedFileStays) {
    archive({put_part(test_part(1), own_line("r1", 1))});
    put("events-000002.parquet");
    put_part(test_part(2), "x\n");
    const std::string seal = dir_.layout().seal_path(test_part(2));
    testing::expect_ok(os::write_file_atomic(seal, "{}"));
    testing::expect_ok(os::remove_file(dir_.layout().part_path(test_part(2))));
    const Leftovers leftovers = finish();
    EXPECT_TRUE(leftovers.finished.empty());
    EXPECT_EQ(leftovers.problems,
              Lines{"archive/day=2026-01-23/events-000002.parquet: left where it is: no manifest "
                    "names it, but day=2026-01-23/part-000002 was sealed, and is neither in "
                    "events/ nor in a manifest"});
    EXPECT_EQ(files().size(), 3U);
}

TEST_F(ArchiveLeftoversTest, FilesOfOthersAreLeftAlone) {
    put("README");
    put("events.parquet");
    EXPECT_TRUE(finish().finished.empty());
    EXPECT_EQ(files(), (Lines{"README", "events.parquet"}));
}

TEST_F(ArchiveLeftoversTest, APartThatIsArchivedGoesToTheTrashIfItIsTheOne) {
    archive({put_part(test_part(1), own_line("r1", 1)), put_part(test_part(2), "x\n")});
    put_part(test_part(1), own_line("r1", 1));
    put_part(test_part(2), "y\n");
    const Leftovers leftovers = finish();
    EXPECT_EQ(leftovers.finished, Lines{"day=2026-01-23/part-000001: moved to "
                                        "trash/20260123T091500.250Z: it is archived"});
    EXPECT_EQ(leftovers.disputed, std::vector<log::PartId>{test_part(2)});
    ASSERT_EQ(leftovers.problems.size(), 1U);
    EXPECT_NE(leftovers.problems[0].find("events/day=2026-01-23/part-000002.jsonl is not the part "
                                         "that is archived"),
              std::string::npos);
    EXPECT_TRUE(testing::value_of(os::exists(dir_.layout().part_path(test_part(2)))));
}

TEST_F(ArchiveLeftoversTest, WhatCannotBeMovedIsAProblemAndTheRestGoesOn) {
    archive({put_part(test_part(1), own_line("r1", 1)), put_part(test_part(2), "x\n")});
    put("events-000002.parquet");
    put_part(test_part(1), own_line("r1", 1));
    put_part(test_part(2), "x\n");
    os::Syscalls table = os::kernel_syscalls();
    table.rename = [](const char* from, const char* to) {
        const std::string_view name(from);
        const bool is_stuck =
            name.ends_with("events-000002.parquet") || name.ends_with("part-000001.jsonl");
        if (!is_stuck) return os::kernel_syscalls().rename(from, to);
        errno = EACCES;
        return -1;
    };
    const os::ScopedSyscalls in_force(table);
    const Leftovers leftovers = finish();
    EXPECT_EQ(leftovers.finished, Lines{"day=2026-01-23/part-000002: moved to "
                                        "trash/20260123T091500.250Z: it is archived"});
    EXPECT_EQ(leftovers.disputed, std::vector<log::PartId>{test_part(1)});
    ASSERT_EQ(leftovers.problems.size(), 2U);
    EXPECT_TRUE(leftovers.problems[0].starts_with(
        "archive/day=2026-01-23/events-000002.parquet: left where it is: no manifest names it, "
        "but rename "))
        << leftovers.problems[0];
    EXPECT_TRUE(leftovers.problems[1].starts_with(
        "events/day=2026-01-23/part-000001.jsonl: left where it is: it is archived, but rename "))
        << leftovers.problems[1];
}

TEST_F(ArchiveLeftoversTest, AManifestThatCannotBeReadStopsEverything) {
    put("manifest.json");
    put("events-000001.parquet.tmp");
    EXPECT_FALSE(finish_archives(dir_, clock_));
    EXPECT_EQ(files().size(), 2U);
}

}  // namespace
}  // namespace daybook::lifecycle
