#include "archive/archive_layout.h"

#include <vector>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::archive {
namespace {

constexpr Day kDay(20476);

TEST(ArchiveLayout, NamesWhereThingsAre) {
    const ArchiveLayout layout(ledger::LedgerDir("/l"));
    EXPECT_EQ(layout.manifest_path(kDay), "/l/archive/day=2026-01-23/manifest.json");
    EXPECT_EQ(layout.file_path(kDay, file_name(FileNumber(12))),
              "/l/archive/day=2026-01-23/events-000012.parquet");
}

TEST(ArchiveLayout, EveryNumberHasOneName) {
    for (const std::uint32_t number : {1U, 999'999U, 1'000'000U, UINT32_MAX}) {
        EXPECT_EQ(parse_file_name(file_name(FileNumber(number))), FileNumber(number));
    }
    for (const char* name :
         {"events-000000.parquet", "events-1.parquet", "events-0000001.parquet", "events-.parquet",
          "events-00001x.parquet", "events-000001.parquet.tmp", "events-4294967296.parquet",
          "Events-000001.parquet", "", "events-000001"}) {
        EXPECT_EQ(parse_file_name(name), std::nullopt) << name;
    }
}

TEST(ArchiveLayout, DaysAreListedInOrderAndNothingElse) {
    const testing::TempDir temp;
    const ArchiveLayout layout{ledger::LedgerDir(temp.path())};
    EXPECT_TRUE(testing::value_of(list_days(layout)).empty());
    for (const Day day : {kDay + 1, kDay}) testing::expect_ok(os::make_dirs(layout.day_dir(day)));
    testing::expect_ok(os::make_dirs(layout.root() + "/other"));
    testing::expect_ok(os::write_file_atomic(layout.root() + "/day=2026-02-01", "a file"));
    testing::expect_ok(os::write_file_atomic(layout.root() + "/_retention.json", "{}"));
    EXPECT_EQ(testing::value_of(list_days(layout)), (std::vector<Day>{kDay, kDay + 1}));
}

}  // namespace
}  // namespace daybook::archive
