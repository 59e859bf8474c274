#include "cli/reproduction.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

using Strings = std::vector<std::string>;

const std::string kCommit(40, 'c');
const std::string kDiff(64, 'd');

RunOrigin dirty_run() {
    return {.run_id = "r1",
            .config_json = R"({"stop":0.05})",
            .state = {.cwd = "/w/project/src dir",
                      .argv = {"python3", "a b.py"},
                      .version_control = "git",
                      .commit = kCommit,
                      .dirty = true,
                      .diff_sha256 = kDiff,
                      .diff_path = "artifacts/code/d.diff",
                      .root = "/w/project",
                      .remote = "https://h/p.git"}};
}
const ReproductionPlace kHere{.ledger_dir = "/led", .has_commit = true, .diff_sha256 = kDiff};

TEST(ShellWord, MeansTheTextWhateverIsInIt) {
    EXPECT_EQ(shell_word("a/b-c_1.2=x"), "a/b-c_1.2=x");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("it's $x `y`\n"), "'it'\\''s $x `y`\n'");
    EXPECT_EQ(shell_word("~"), "'~'");
}

TEST(Reproduction, CodeComesBeforeVariablesDirectoryAndCommand) {
    RunOrigin run = dirty_run();
    run.state.variables = {{"OMP_NUM_THREADS", "4"}, {"PATH", "/bin"}, {"LANG", "cut…"}};
    const Reproduction plan = plan_reproduction(run, kHere);
    EXPECT_EQ(obstacles(run, kHere), Strings{});
    EXPECT_EQ(plan.commands,
              (Strings{"printf '%s\\n' '{\n  \"stop\": 0.05\n}' > config.json",
                       "git clone -q --no-checkout -- /w/project code", "cd code",
                       "git checkout -q --detach " + kCommit,
                       "if [ -f .gitmodules ]; then git submodule -q update --init --recursive; fi",
                       "echo '" + kDiff +
                           "  /led/artifacts/code/d.diff' | sha256sum --check "
                           "--quiet -",
                       "git apply --index --whitespace=nowarn /led/artifacts/code/d.diff",
                       "export OMP_NUM_THREADS=4", "cd ./'src dir'", "python3 'a b.py'"}));
    EXPECT_EQ(plan.told.size(), 2U);
    EXPECT_EQ(plan.notes, Strings{});
}

TEST(Reproduction, FromAfarTheRemoteIsCloned) {
    RunOrigin run = dirty_run();
    const ReproductionPlace afar{.ledger_dir = "/led", .diff_sha256 = kDiff};
    EXPECT_EQ(obstacles(run, afar), Strings{});
    EXPECT_EQ(plan_reproduction(run, afar).commands.at(1),
              "git clone -q --no-checkout -- https://h/p.git code");
    run.state.remote = "https://***@h/p.git";
    EXPECT_EQ(plan_reproduction(run, afar).notes.back(),
              "user and password of the remote are masked: put yours in");
    run.state.remote.clear();
    EXPECT_EQ(obstacles(run, afar),
              Strings{"git_remote: the repository had none, and /w/project does not have commit " +
                      kCommit + " here"});
    EXPECT_EQ(plan_reproduction(run, afar).commands.size(), 3U);  // no code
}

TEST(Reproduction, NothingRecordedBecomesAnOptionOrAnotherCommand) {
    RunOrigin run = dirty_run();
    run.state.variables = {{"OMP_A;rm -rf x", "1"}, {"OMP_B", "$(rm -rf x)"}};
    const Reproduction plan = plan_reproduction(run, kHere);
    EXPECT_EQ(plan.exported.size(), 1U);
    EXPECT_EQ(plan.told.size(), 1U);
    run.state.commit = "--orphan";
    EXPECT_EQ(obstacles(run, kHere),
              Strings{"git_commit: found '--orphan', expected the hash of a commit"});
    for (const std::string& command : plan_reproduction(run, kHere).commands) {
        EXPECT_EQ(command.find("orphan"), std::string::npos) << command;
    }
}

TEST(Reproduction, WhatIsMissingIsNamedByItsField) {
    RunOrigin run = dirty_run();
    EXPECT_EQ(obstacles(run, {.ledger_dir = "/led", .has_commit = true}),
              Strings{"git_diff_sha256: /led/artifacts/code/d.diff: it is not there, expected "
                      "SHA-256 " +
                      kDiff});
    EXPECT_EQ(
        obstacles(run, {.ledger_dir = "/led", .has_commit = true, .diff_sha256 = "e"}),
        Strings{"git_diff_sha256: /led/artifacts/code/d.diff: found SHA-256 e, expected SHA-256 " +
                kDiff});
    run.state.incomplete = {"git_remote", "git_diff"};
    run.state.incomplete_reason = "diff: more than 1048576 bytes";
    EXPECT_EQ(obstacles(run, kHere), Strings{"git_diff (diff: more than 1048576 bytes)"});
    EXPECT_EQ(obstacles({}, kHere),
              Strings{"git_commit: the state of the code was not recorded: capturing was off"});
    EXPECT_EQ(
        obstacles({.state = {.cwd = "/w"}}, kHere),
        Strings{"git_commit: the state of the code was not recorded: the process ended before "
                "it was gathered"});
}

TEST(Reproduction, WhatIsOnlyPartlyRestorableIsToldAndACommandWithoutItsSecretsIsNotRun) {
    RunOrigin run = dirty_run();
    run.data_fingerprint = "f1";
    run.state.argv = {"train", "--token", "***"};
    run.state.untracked = {"1", "2", "3", "4", "5", "6"};
    run.state.untracked_count = 9;
    run.state.submodules = {"libs/x"};
    run.state.remote.clear();
    const Reproduction plan = plan_reproduction(run, kHere);
    EXPECT_EQ(plan.notes,
              (Strings{"the repository has no remote: the commit is only in /w/project on this "
                       "machine",
                       "files that git did not track: 1, 2, 3, 4, 5 and 4 more",
                       "submodules that were not as the commit has them: libs/x",
                       "secrets in the command line: masked as ***, put yours in",
                       "the data: their fingerprint was f1"}));
    EXPECT_EQ(plan.commands.back(), "cd ./'src dir'");
    EXPECT_NE(script_of(run, plan).find("# Command: train --token '***'\n"), std::string::npos);
}

TEST(Reproduction, ACommandOfOursIsRunUnderANewId) {
    RunOrigin run;
    run.state.argv = {"/opt/daybook", "run", "--run-id", "r1", "--run-id=r1",
                      "--",           "x",   "--run-id", "y"};
    EXPECT_EQ(plan_reproduction(run, kHere).command_line, "/opt/daybook run -- x --run-id y");
    run.state.argv = {"train", "--run-id", "r1"};
    EXPECT_EQ(plan_reproduction(run, kHere).command_line, "train --run-id r1");
}

TEST(Reproduction, AScriptsCommentsStayOnTheirLines) {
    RunOrigin run;
    run.run_id = "r1\nrm -rf x";
    run.state.variables = {{"PATH", "a\nrm -rf y"}};
    run.state.versions = {{"python", "3\nrm -rf z"}};
    const std::string script = script_of(run, plan_reproduction(run, kHere));
    EXPECT_EQ(script.find("\nrm"), std::string::npos) << script;
}

}  // namespace
}  // namespace daybook::cli
