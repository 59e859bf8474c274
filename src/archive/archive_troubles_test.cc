#include "archive/archive_troubles.h"

#include <vector>

#include <gtest/gtest.h>

#include "archive/test_archive.h"

namespace daybook::archive {
namespace {

using Troubles = std::vector<ArchiveTrouble>;

class ArchiveTroublesTest : public ArchiveTest {
protected:
    void SetUp() override { archive({put_part(test_part(1), own_line("r1", 1))}); }
    Troubles troubles() { return testing::value_of(archive_troubles(dir_)); }
    std::string file() { return layout_.file_path(kTestDay, "events-000001.parquet"); }
};

TEST_F(ArchiveTroublesTest, AWholeArchiveHasNone) {
    EXPECT_EQ(troubles(), Troubles{});
    put_part(test_part(1), own_line("r1", 1));
    EXPECT_EQ(troubles(), Troubles{}) << "a part that is there as well, and the same";
}

TEST_F(ArchiveTroublesTest, AFileThatIsMissingOrShortIsOne) {
    testing::expect_ok(os::write_file_atomic(file(), "x"));
    ASSERT_EQ(troubles().size(), 1U);
    EXPECT_TRUE(troubles()[0].detail.starts_with("has 1 bytes, and the manifest says "));
    testing::expect_ok(os::remove_file(file()));
    EXPECT_EQ(troubles(), (Troubles{{"archive/day=2026-01-23/events-000001.parquet",
                                     "is not there, and the manifest names it"}}));
}

TEST_F(ArchiveTroublesTest, AManifestThatCannotBeReadIsOneAndOtherDaysAreLookedAt) {
    archive({put_part(test_part(1, kTestDay + 1), own_line("r1", 1))});
    testing::expect_ok(os::write_file_atomic(layout_.manifest_path(kTestDay), "{"));
    testing::expect_ok(os::remove_file(layout_.file_path(kTestDay + 1, "events-000001.parquet")));
    ASSERT_EQ(troubles().size(), 2U);
    EXPECT_EQ(troubles()[0].path, "archive/day=2026-01-23/manifest.json");
    EXPECT_EQ(troubles()[1].path, "archive/day=2026-01-24/events-000001.parquet");
}

TEST_F(ArchiveTroublesTest, APartThatHidesAnArchivedOneIsOne) {
    put_part(test_part(1), "");
    ASSERT_EQ(troubles().size(), 1U);
    EXPECT_EQ(troubles()[0].path, "events/day=2026-01-23/part-000001.jsonl");
    EXPECT_TRUE(troubles()[0].is_in_the_way);
}

}  // namespace
}  // namespace daybook::archive
