#include "lifecycle/merge_files.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/object_store.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

using Paths = std::vector<std::string>;
using Files = std::vector<NamedFile>;

class MergeFilesTest : public ::testing::Test {
protected:
    MergeFiles take(const std::vector<std::string>& paths, bool dry_run = false) {
        std::vector<NamedFile> named;
        for (const std::string& path : paths) named.push_back({.path = path});
        return take(named, dry_run);
    }
    MergeFiles take(const std::vector<NamedFile>& named, bool dry_run = false) {
        MergeFiles files(to_.dir(), from_.dir(), dry_run);
        for (const NamedFile& file : named) testing::expect_ok(files.take(file));
        testing::expect_ok(files.sync());
        return files;
    }

    TestLedger from_;
    TestLedger to_;
};

TEST_F(MergeFilesTest, AFileComesOnce) {
    from_.put("artifacts/a", "x");
    EXPECT_EQ(take(Paths{"artifacts/a", "artifacts/a"}).report().placed, 1U);
    EXPECT_EQ(to_.read("artifacts/a"), "x");
    EXPECT_EQ(take(Paths{"artifacts/a"}).report().there, 1U);
    from_.put("artifacts/a", "y");
    EXPECT_EQ(take(Paths{"artifacts/a"}).report().conflict_paths,
              std::vector<std::string>{"artifacts/a"});
    EXPECT_EQ(to_.read("artifacts/a"), "x");
}

TEST_F(MergeFilesTest, OneThatIsNotThereYetIsMissing) {
    const MergeFiles files = take(Paths{"artifacts/a"});
    EXPECT_EQ(files.missing(), 1U);
    EXPECT_EQ(files.wanted(),
              (std::map<std::string, NamedFile>{{"artifacts/a", {.path = "artifacts/a"}}}));
}

TEST_F(MergeFilesTest, WhatTheSourceHasRemovedIsNotMissingUnlessAnotherEventNamesIt) {
    MergeFiles files(to_.dir(), from_.dir(), false);
    testing::expect_ok(files.take({.path = "artifacts/a"}, true));
    testing::expect_ok(files.take({.path = "artifacts/a"}, true));
    testing::expect_ok(files.take({.path = "artifacts/b"}, true));
    testing::expect_ok(files.take({.path = "artifacts/b"}));
    EXPECT_EQ(files.wanted(),
              (std::map<std::string, NamedFile>{{"artifacts/b", {.path = "artifacts/b"}}}));
    EXPECT_EQ(files.missing(), 1U);
    from_.put("artifacts/c", "x");
    testing::expect_ok(files.take({.path = "artifacts/c"}, true));
    EXPECT_EQ(to_.read("artifacts/c"), "x");
}

TEST_F(MergeFilesTest, OnlyFilesBelowArtifactsCome) {
    from_.put("ledger.json", "x");
    from_.put("artifacts/d/f", "x");
    std::filesystem::create_symlink("f", from_.path("artifacts/d/link"));
    const MergeFiles files = take(Paths{"ledger.json", "artifacts/../ledger.json", "artifacts/d",
                                        "artifacts/d/link", "/etc/hostname"});
    EXPECT_EQ(files.notes().size(), 4U) << "an absolute path is no fault";
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

// A copy that is not whole yet.
TEST_F(MergeFilesTest, WhatIsNotWhatItsEventSaysIsLeftOutAndAskedForAgain) {
    from_.put("artifacts/a", "half");
    const NamedFile named{.path = "artifacts/a", .sha256 = sha256_hex("half and half")};
    const MergeFiles files = take(Files{named});
    EXPECT_EQ(files.report().placed, 0U);
    EXPECT_EQ(files.missing(), 0U);
    EXPECT_EQ(files.damaged(), 1U);
    EXPECT_EQ(files.wanted(), (std::map<std::string, NamedFile>{{"artifacts/a", named}}));
    ASSERT_EQ(files.notes().size(), 1U);
    EXPECT_NE(files.notes()[0].find(sha256_hex("half")), std::string::npos);
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
    EXPECT_EQ(take(Files{named}, true).damaged(), 1U);
    from_.put("artifacts/a", "half and half");
    EXPECT_EQ(take(Files{named}).report().placed, 1U);
    EXPECT_EQ(to_.read("artifacts/a"), "half and half");
    // What is here is right: it does not matter what has become of it there.
    from_.put("artifacts/a", "gone bad");
    EXPECT_EQ(take(Files{named}).report().there, 1U);
}

TEST_F(MergeFilesTest, OfAFileThatWasStoredAgainTheLaterEventHasTheContent) {
    from_.put("artifacts/a", "second");
    const MergeFiles files = take(Files{{.path = "artifacts/a", .sha256 = sha256_hex("first")},
                                        {.path = "artifacts/a", .sha256 = sha256_hex("second")}});
    EXPECT_EQ(files.report().placed, 1U);
    EXPECT_EQ(files.damaged(), 0U);
    EXPECT_EQ(to_.read("artifacts/a"), "second");
}

TEST_F(MergeFilesTest, ANameThatSaysItsContentIsBelieved) {
    const std::string place = ledger::object_path(sha256_hex("right"));
    from_.put(place, "wrong");
    EXPECT_EQ(take(Paths{place}).damaged(), 1U) << "whatever the event says";
    from_.put(place, "right");
    to_.put(place, "wrong");
    EXPECT_EQ(take(Paths{place}, true).report().placed, 1U);
    EXPECT_EQ(to_.read(place), "wrong");
    const MergeFiles files = take(Paths{place});
    EXPECT_EQ(files.report().placed, 1U);
    EXPECT_EQ(files.report().conflicts, 0U);
    EXPECT_EQ(to_.read(place), "right");
    EXPECT_EQ(files.notes().size(), 1U);
    EXPECT_TRUE(std::filesystem::exists(to_.path("quarantine")));
}

TEST_F(MergeFilesTest, NoLinkIsFollowedAtAnyLevelAndNoPipeIsWaitedFor) {
    std::filesystem::create_directories(from_.path("artifacts/runs"));
    from_.put("elsewhere/secret", "x");
    std::filesystem::create_directory_symlink(from_.path("elsewhere"),
                                              from_.path("artifacts/runs/r"));
    ASSERT_EQ(::mkfifo(from_.path("artifacts/pipe").c_str(), 0600), 0);
    const MergeFiles files = take(Paths{"artifacts/runs/r/secret", "artifacts/pipe"});
    EXPECT_EQ(files.notes().size(), 2U);
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

TEST_F(MergeFilesTest, ADryRunCountsAndCopiesNothing) {
    from_.put("artifacts/a", "x");
    EXPECT_EQ(take(Paths{"artifacts/a"}, true).report().placed, 1U);
    EXPECT_EQ(to_.files(), (std::map<std::string, std::string>{}));
}

}  // namespace
}  // namespace daybook::lifecycle
