#include "capture/code_state.h"

#include <string>

#include <gtest/gtest.h>

#include "capture/test_repository.h"

namespace daybook::capture {
namespace {

using Strings = std::vector<std::string>;

class CodeStateTest : public RepositoryTest {
protected:
    CodeState gather() const { return gather_code_state(question()); }
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

TEST_F(CodeStateTest, ACleanTreeIsItsCommitAndBranch) {
    make_repository();
    const CodeState state = gather();
    EXPECT_TRUE(state.in_repository);
    EXPECT_EQ(state.root, root());
    EXPECT_EQ(state.commit, first_line(sh("git rev-parse HEAD")));
    EXPECT_EQ(state.branch, "main");
    EXPECT_EQ(state.dirty, false);
    EXPECT_EQ(state.diff, "");
    EXPECT_EQ(state.untracked, Strings{});
    EXPECT_EQ(state.remote, "");
    EXPECT_EQ(state.incomplete, Strings{}) << state.reason;
}

// Staged, not staged, deleted, new, binary, with another mode, with blanks in the name.
TEST_F(CodeStateTest, TheDiffRestoresTheTree) {
    make_repository();
    sh("printf 'x\\n' > b.txt; printf 'y\\n' > 'c d.txt'; printf 'z\\n' > e.sh; git add .;"
       "git commit -q -m second;"
       "echo two >> a.txt; git add a.txt; echo three >> a.txt; rm b.txt; git mv 'c d.txt' f.txt;"
       "chmod +x e.sh; head -c 3000 /dev/urandom > bytes; git add bytes");
    const CodeState state = gather();
    EXPECT_EQ(state.dirty, true);
    EXPECT_EQ(state.incomplete, Strings{}) << state.reason;
    ASSERT_TRUE(os::write_file_atomic(temp() / "diff", state.diff).has_value());
    sh("git worktree add -q --detach ../again " + state.commit +
       " && cd ../again && git apply ../diff && cd .. && diff -r -x .git repository again &&"
       "test -x again/e.sh");
}

TEST_F(CodeStateTest, WhatTheConfigurationMakesOfDiffsMakesNoDifference) {
    make_repository();
    sh("echo two >> a.txt; mkdir sub; echo s > sub/s.txt; git add sub");
    const std::string plain = gather().diff;
    ASSERT_NE(plain, "");
    for (const char* setting :
         {"diff.noprefix true", "diff.mnemonicPrefix true", "color.ui always", "diff.context 0",
          "diff.external 'touch ran; false'", "core.pager 'touch ran'", "diff.relative true",
          "core.fsmonitor 'touch ran; false'", "diff.renames copies", "diff.orderFile /no/such",
          "core.quotePath false", "core.abbrev 4", "diff.submodule log", "status.short true",
          "diff.colorMoved zebra", "diff.wsErrorHighlight all"}) {
        SCOPED_TRACE(setting);
        sh(std::string("git config ") + setting);
        CodeQuestion from_below = question();
        from_below.directory += "/sub";
        EXPECT_EQ(gather_code_state(from_below).diff, plain);
    }
    sh("git config diff.t.textconv 'touch ran; cat'; echo '*.txt diff=t' > .git/info/attributes");
    EXPECT_EQ(gather().diff, plain);
    EXPECT_FALSE(os::exists(root() + "/ran").value());
}

TEST_F(CodeStateTest, GatheringChangesNothingAndTakesNoLock) {
    make_repository();
    sh("touch -d '2001-01-01' a.txt");
    const std::string before = sh("sha256sum .git/index");
    sh("touch .git/index.lock");
    const CodeState state = gather();
    EXPECT_EQ(state.dirty, false);
    EXPECT_EQ(state.incomplete, Strings{}) << state.reason;
    EXPECT_EQ(sh("sha256sum .git/index"), before);
}

TEST_F(CodeStateTest, UntrackedFilesAreNamedAndIgnoredOnesAreNot) {
    make_repository();
    sh("mkdir deep; echo x > deep/new; echo x > 'a \"new\"'; echo '*.log' > .git/info/exclude;"
       "echo x > x.log");
    CodeQuestion from_below = question();
    from_below.directory += "/deep";
    const CodeState state = gather_code_state(from_below);
    EXPECT_EQ(state.dirty, false);
    EXPECT_EQ(state.untracked, (Strings{"a \"new\"", "deep/new"}));
    EXPECT_EQ(state.untracked_count, 2U);
    sh("mkdir many; cd many; seq 1 1500 | xargs touch");
    EXPECT_EQ(gather().untracked.size(), kUntrackedMax);
    EXPECT_EQ(gather().untracked_count, 1502U);
}

TEST_F(CodeStateTest, ARemoteIsNamedWithoutItsSecrets) {
    make_repository();
    sh("git remote add origin https://me:ghp_abc@example.org/a.git");
    EXPECT_EQ(gather().remote, "https://***:***@example.org/a.git");
    // The branch's own comes before origin; alone, another one counts too.
    sh("git remote add up /srv/up.git; git config branch.main.remote up;"
       "git config branch.main.merge refs/heads/main");
    EXPECT_EQ(gather().remote, "/srv/up.git");
    sh("git config --unset branch.main.remote; git remote remove origin");
    EXPECT_EQ(gather().remote, "/srv/up.git");
    sh("git remote add zz /srv/zz.git");
    EXPECT_EQ(gather().remote, "/srv/up.git");
}

TEST_F(CodeStateTest, ADetachedHeadHasNoBranch) {
    make_repository();
    sh("git checkout -q --detach");
    const CodeState state = gather();
    EXPECT_EQ(state.branch, "");
    EXPECT_EQ(state.incomplete, Strings{});
}

TEST_F(CodeStateTest, WithoutARepositoryThereIsNothingToGather) {
    const CodeState state = gather();
    EXPECT_FALSE(state.in_repository);
    EXPECT_EQ(state.incomplete, Strings{});
    EXPECT_EQ(state.reason, "");
}

TEST_F(CodeStateTest, ARepositoryWithoutACommitSaysSo) {
    sh("git init -q -b main . && echo one > a.txt && git add .");
    const CodeState state = gather();
    EXPECT_EQ(state.incomplete, (Strings{"git_commit", "git_diff"}));
    EXPECT_EQ(state.reason, "commit: the repository has none yet");
    EXPECT_EQ(state.branch, "main");
    EXPECT_EQ(state.dirty, true);
}

TEST_F(CodeStateTest, WithoutGitWhatIsMissingIsNamed) {
    make_repository();
    CodeQuestion no_git = question();
    no_git.environment = {{"PATH", temp().path()}};
    const CodeState state = gather_code_state(no_git);
    EXPECT_EQ(state.incomplete, (Strings{"git_commit", "git_branch", "git_dirty", "git_diff"}));
    EXPECT_EQ(state.reason, "repository: git is not installed");
}

TEST_F(CodeStateTest, ABrokenRepositoryIsToldInGitsWords) {
    make_repository();
    sh("rm -r .git/objects .git/refs .git/HEAD");
    const CodeState state = gather();
    EXPECT_EQ(state.incomplete, (Strings{"git_commit", "git_branch", "git_dirty", "git_diff"}));
    EXPECT_NE(state.reason.find("not a git repository"), std::string::npos) << state.reason;
}

// The root is found, and the status is not.
TEST_F(CodeStateTest, WithoutAStatusTheDiffIsMissingToo) {
    make_repository();
    sh("echo two >> a.txt; echo broken > .git/index");
    const CodeState state = gather();
    EXPECT_EQ(state.root, root());
    EXPECT_EQ(std::vector(state.incomplete.begin(), state.incomplete.begin() + 4),
              (Strings{"git_commit", "git_branch", "git_dirty", "git_diff"}));
}

TEST_F(CodeStateTest, TheLedgersOwnFilesAreNoCode) {
    make_repository();
    sh("mkdir -p 'data/led[g]er/events'; echo x > 'data/led[g]er/events/tracked'; git add .;"
       "git commit -q -m ledger; echo y > 'data/led[g]er/events/tracked';"
       "echo y > 'data/led[g]er/events/new'; echo y > data/new");
    CodeQuestion asked = question();
    EXPECT_EQ(gather_code_state(asked).dirty, true);
    asked.ledger_dir = root() + "/data/led[g]er";
    CodeState state = gather_code_state(asked);
    EXPECT_EQ(state.dirty, false);
    EXPECT_EQ(state.diff, "");
    EXPECT_EQ(state.untracked, Strings{"data/new"});
    EXPECT_EQ(state.incomplete, Strings{}) << state.reason;
    sh("echo two >> a.txt");
    state = gather_code_state(asked);
    EXPECT_EQ(state.dirty, true);
    EXPECT_NE(state.diff.find("a.txt"), std::string::npos);
    EXPECT_EQ(state.diff.find("tracked"), std::string::npos);
    // Elsewhere it changes nothing.
    asked.ledger_dir = temp().path();
    EXPECT_EQ(gather_code_state(asked).untracked.size(), 2U);
}

TEST_F(CodeStateTest, ADiffThatIsTooLargeIsNotKept) {
    make_repository();
    sh("head -c 900000 /dev/zero | tr '\\0' x | fold -w 70 > a.txt");
    EXPECT_EQ(gather().incomplete, Strings{});
    sh("head -c 1100000 /dev/zero | tr '\\0' x | fold -w 70 > a.txt; echo new > new.txt");
    const CodeState state = gather();
    EXPECT_EQ(state.diff, "");
    EXPECT_EQ(state.dirty, true);
    EXPECT_EQ(state.incomplete, Strings{"git_diff"});
    EXPECT_EQ(state.reason, "diff: more than 1048576 bytes");
    EXPECT_EQ(state.untracked, Strings{"new.txt"});
}

TEST_F(CodeStateTest, TheDiffCanBeLeftOut) {
    make_repository();
    sh("echo two >> a.txt");
    CodeQuestion without = question();
    without.diff = false;
    const CodeState state = gather_code_state(without);
    EXPECT_EQ(state.diff, "");
    EXPECT_EQ(state.incomplete, Strings{"git_diff"});
    EXPECT_EQ(state.reason, "diff: left out by DAYBOOK_CAPTURE=no-diff");
}

TEST_F(CodeStateTest, OneDeadlineHoldsForAll) {
    make_repository();
    sh("echo two >> a.txt; git config filter.slow.clean 'sleep 60; cat';"
       "echo '*.txt filter=slow' > .git/info/attributes");
    const std::int64_t begun_ns = system_clock().monotonic_ns();
    const CodeState state = gather_code_state(question(1'000));
    EXPECT_LT(system_clock().monotonic_ns() - begun_ns, 15'000'000'000);
    EXPECT_NE(state.incomplete, Strings{});
    EXPECT_NE(state.reason.find("git took longer than was allowed"), std::string::npos);
    EXPECT_EQ(state.root, root());
}

TEST_F(CodeStateTest, SubmodulesThatHaveChangedAreNoted) {
    make_repository();
    sh("git init -q -b main ../sub && cd ../sub && echo s > s.txt && git add . &&"
       "git commit -q -m s && cd ../repository &&"
       "git -c protocol.file.allow=always submodule add -q ../sub sub && git commit -q -m sub");
    EXPECT_EQ(gather().submodules, Strings{});
    sh("echo t >> sub/s.txt");
    const CodeState state = gather();
    EXPECT_EQ(state.submodules, Strings{"sub"});
    EXPECT_EQ(state.dirty, true);
    EXPECT_EQ(state.diff, "");
}

TEST_F(CodeStateTest, AMergeWithConflictsHasNoDiffThatCouldBeApplied) {
    make_repository();
    sh("git checkout -q -b other; echo x > a.txt; git commit -q -a -m x; git checkout -q main;"
       "echo y > a.txt; git commit -q -a -m y; git merge -q other || true");
    const CodeState state = gather();
    EXPECT_EQ(state.incomplete, Strings{"git_diff"});
    EXPECT_EQ(state.reason, "diff: a merge has conflicts");
}

TEST_F(CodeStateTest, TheQuestionIsThisProcess) {
    const std::int64_t before_ns = system_clock().monotonic_ns();
    const CodeQuestion asked = ask_about_code({.diff = false}, 5);
    EXPECT_EQ(asked.directory, os::working_directory());
    EXPECT_FALSE(asked.diff);
    EXPECT_GE(asked.deadline_ns, before_ns + 5'000'000);
}

}  // namespace
}  // namespace daybook::capture
