#include "capture/git_status.h"

#include <gtest/gtest.h>

namespace daybook::capture {
namespace {

// Entries end in zero bytes.
std::string entries(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& entry : list) text += entry + '\0';
    return text;
}

TEST(GitStatus, CommitBranchAndChangesAreRead) {
    EXPECT_EQ(parse_git_status(entries({"# branch.oid 1f5c", "# branch.head main",
                                        "# branch.upstream origin/main", "# branch.ab +1 -0",
                                        "1 .M N... 100644 100644 100644 aa bb a file.txt",
                                        "1 .M S.M. 160000 160000 160000 aa bb libs/a b",
                                        "u UU N... 100644 100644 100644 100644 aa bb cc c.txt"})),
              (GitStatus{.commit = "1f5c",
                         .branch = "main",
                         .changes = 3,
                         .has_conflicts = true,
                         .submodules = {"libs/a b"}}));
}

TEST(GitStatus, ANewRepositoryHasNoCommitAndADetachedHeadNoBranch) {
    EXPECT_EQ(parse_git_status(entries({"# branch.oid (initial)", "# branch.head main"})),
              (GitStatus{.branch = "main"}));
    EXPECT_EQ(parse_git_status(entries({"# branch.oid 1f5c", "# branch.head (detached)"})),
              (GitStatus{.commit = "1f5c"}));
}

TEST(GitStatus, WhatIsUnknownOrCutIsPassedOver) {
    EXPECT_EQ(parse_git_status(""), GitStatus());
    EXPECT_EQ(parse_git_status(entries({"# stash 2", "? new", "! ignored", "9 what"})),
              GitStatus());
    EXPECT_EQ(parse_git_status("1 .M S"), (GitStatus{.changes = 1, .submodules = {""}}));
}

}  // namespace
}  // namespace daybook::capture
