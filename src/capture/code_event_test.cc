#include "capture/code_event.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::capture {
namespace {

TEST(CodeEvent, HasWhatWasFoundAndWhereTheDiffIs) {
    const testing::TempDir temp;
    const CodeEvent event({.in_repository = true,
                           .root = "/w\xFF",
                           .commit = "1f5c",
                           .branch = "main",
                           .dirty = true,
                           .diff = "d",
                           .untracked = {"a", "b"},
                           .untracked_count = 7},
                          temp.path());
    const event::RunEnvironment payload = event.payload();
    EXPECT_EQ(payload.version_control, "git");
    EXPECT_EQ(payload.git_root, "/w\\xff");
    EXPECT_EQ(payload.git_commit, "1f5c");
    EXPECT_EQ(payload.git_branch, "main");
    EXPECT_EQ(payload.git_dirty, true);
    EXPECT_EQ(payload.git_diff_sha256, sha256_hex("d"));
    EXPECT_EQ(payload.git_diff_path, diff_path(sha256_hex("d")));
    EXPECT_EQ(payload.git_untracked.size(), 2U);
    EXPECT_EQ(payload.git_untracked_count, 7);
    EXPECT_EQ(payload.git_remote, std::nullopt);
    EXPECT_EQ(payload.packages.has_value(), false);
    EXPECT_EQ(payload.incomplete.size(), 0U);
    EXPECT_EQ(os::read_file(temp / diff_path(sha256_hex("d")), 10).value(), "d");
}

TEST(CodeEvent, ADiffThatCannotBeKeptIsNamed) {
    const testing::TempDir temp;
    ASSERT_TRUE(os::write_file_atomic(temp / "artifacts", "in the way").has_value());
    const CodeEvent event({.in_repository = true, .diff = "d", .reason = "x"}, temp.path());
    const event::RunEnvironment payload = event.payload();
    EXPECT_EQ(payload.git_diff_sha256, std::nullopt);
    ASSERT_EQ(payload.incomplete.size(), 1U);
    EXPECT_EQ(payload.incomplete[0], "git_diff");
    EXPECT_TRUE(payload.incomplete_reason->starts_with("x; diff: "));
}

TEST(CodeEvent, WithoutARepositoryItSaysOnlyThat) {
    const testing::TempDir temp;
    const CodeEvent event({}, temp.path());
    const Field packages[] = {{"numpy", "2.1.0"}};
    const event::RunEnvironment payload = event.payload(std::span<const Field>(packages));
    EXPECT_EQ(payload.version_control, "none");
    EXPECT_EQ(payload.git_commit, std::nullopt);
    EXPECT_EQ(payload.packages->size(), 1U);
    EXPECT_FALSE(os::exists(temp / "artifacts").value());
}

}  // namespace
}  // namespace daybook::capture
