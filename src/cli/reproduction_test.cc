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

TEST(Reproduction, CodeComesBeforeVariablesDirectoryAndCommand) {
    RunOrigin run = dirty_run();
    run.state.variables = {{"OMP_NUM_THREADS", "4"}, {"PATH", "/bin"}, {"LANG", "cut…"}};
    const Reproduction plan = plan_reproduction(run, kHere);
    EXPECT_EQ(obstacles(run, kHere), Strings{});
    EXPECT_EQ(
        plan.commands,
        (Strings{"printf '%s\\n' '{\n  \"stop\": 0.05\n}' > config.json",
                 "git clone -q --no-checkout -- /w/project code", "cd code",
                 "git checkout -q --detach " + kCommit, "git remote set-url origin https://h/p.git",
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
    EXPECT_EQ(plan_reproduction(run, afar).commands.size(), 2U);  // no code
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

// The original, where the code may have changed since, is not run in the clone's place.
TEST(Reproduction, PathsIntoTheRepositoryAreThoseOfTheClone) {
    RunOrigin run = dirty_run();
    run.state.argv = {"python3", "/w/project/a b.py", "--out=/w/projects"};
    run.state.variables = {{"PYTHONPATH", "/w/project/lib:/opt"}};
    const Reproduction plan = plan_reproduction(run, kHere);
    EXPECT_EQ(plan.commands.at(2), "cd code");
    EXPECT_EQ(plan.commands.at(3), "clone=$PWD");
    EXPECT_EQ(plan.commands.end()[-3], "export PYTHONPATH=\"$clone\"/lib:/opt");
    EXPECT_EQ(plan.commands.back(), "python3 \"$clone\"'/a b.py' --out=/w/projects");
    EXPECT_EQ(plan.notes,
              Strings{"files in /w/project that git does not have: the command line or a variable "
                      "names that directory, and the clone is put in its place"});
}

TEST(Reproduction, WithoutACloneNothingOfTheRepositoryIsRun) {
    RunOrigin run = dirty_run();
    run.state.remote.clear();
    run.state.argv = {"python3", "/w/project/a.py"};
    run.state.variables = {{"PYTHONPATH", "/w/project/lib"}};
    const Reproduction plan = plan_reproduction(run, {.ledger_dir = "/led"});
    EXPECT_EQ(plan.commands.size(), 1U);  // config.json
    EXPECT_EQ(plan.exported.size(), 0U);
    EXPECT_EQ(plan.notes, Strings{"/w/project: the command line names files there, and no clone "
                                  "can be put in its place"});
    EXPECT_NE(script_of(run, plan).find("# Command: python3 /w/project/a.py\n"), std::string::npos);
}

TEST(Reproduction, AConfigurationsFileIsTheOneThatIsWrittenBesideTheClone) {
    RunOrigin run = dirty_run();
    run.state.argv = {"daybook", "run", "--config", "@c.json", "--", "x"};
    const Reproduction plan = plan_reproduction(run, kHere);
    EXPECT_EQ(plan.commands.back(), "daybook run --config @\"$clone\"/../config.json -- x");
    run.state.commit.clear();
    run.state.version_control = "none";
    EXPECT_EQ(plan_reproduction(run, kHere).commands.back(),
              "daybook run --config @config.json -- x");
}

TEST(Reproduction, SubmodulesAreTakenFromTheRemotesNeighboursAndTold) {
    RunOrigin run = dirty_run();
    run.state.remote = "../p.git";
    ReproductionPlace place = kHere;
    place.has_submodules = true;
    const Reproduction plan = plan_reproduction(run, place);
    EXPECT_EQ(plan.commands.at(4), "git remote set-url origin /w/project/../p.git");
    EXPECT_EQ(plan.notes, Strings{"submodules, unless the places that .gitmodules names still have "
                                  "their commits"});
    run.state.remote = "https://***@h/p.git";
    EXPECT_EQ(plan_reproduction(run, place).commands.at(4).find("git remote"), std::string::npos);
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
