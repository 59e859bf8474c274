#include "lifecycle/merge_files.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class MergeFilesTest : public ::testing::Test {
protected:
    MergeFiles take(const std::vector<std::string>& paths, bool dry_run = false) {
        MergeFiles files(to_.dir(), from_.dir(), dry_run);
        for (const std::string& path : paths) testing::expect_ok(files.take(path));
        testing::expect_ok(files.sync());
        return files;
    }

    TestLedger from_;
    TestLedger to_;
};

TEST_F(MergeFilesTest, AFileComesOnce) {
    from_.put("artifacts/a", "x");
    EXPECT_EQ(take({"artifacts/a", "artifacts/a"}).report().placed, 1U);
    EXPECT_EQ(to_.read("artifacts/a"), "x");
    EXPECT_EQ(take({"artifacts/a"}).report().there, 1U);
    from_.put("artifacts/a", "y");
    EXPECT_EQ(take({"artifacts/a"}).report().conflict_paths,
              std::vector<std::string>{"artifacts/a"});
    EXPECT_EQ(to_.read("artifacts/a"), "x");
}

TEST_F(MergeFilesTest, OneThatIsNotThereYetIsMissing) {
    EXPECT_EQ(take({"artifacts/a"}).missing(), std::set<std::string>{"artifacts/a"});
}

TEST_F(MergeFilesTest, OnlyFilesBelowArtifactsCome) {
    from_.put("ledger.json", "x");
    from_.put("artifacts/d/f", "x");
    std::filesystem::create_symlink("f", from_.path("artifacts/d/link"));
    const MergeFiles files = take({"ledger.json", "artifacts/../ledger.json", "artifacts/d",
                                   "artifacts/d/link", "/etc/hostname"});
    EXPECT_EQ(files.notes().size(), 4U) << "an absolute path is no fault";
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

TEST_F(MergeFilesTest, ADryRunCountsAndCopiesNothing) {
    from_.put("artifacts/a", "x");
    EXPECT_EQ(take({"artifacts/a"}, true).report().placed, 1U);
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

}  // namespace
}  // namespace daybook::lifecycle
