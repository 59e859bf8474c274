#include "cli/program_run.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "cli/test_run_ledger.h"
#include "os/test_support.h"

namespace daybook::cli {
namespace {

// A run of a script whose output is seen by nobody.
ProgramRunEnd run(TestRunLedger& ledger, ProgramRunSpec spec, const std::string& script) {
    const os::UniqueFd null = os::open_fd("/dev/null", O_WRONLY).value();
    spec.ledger_dir = ledger.root();
    spec.run_type = "test";
    spec.config_json = "{}";
    if (!script.empty()) spec.program.argv = {"sh", "-c", script};
    spec.program.out_fd = null.get();
    spec.program.err_fd = null.get();
    return record_program(ledger.recorder(), ledger.notes(), spec, event::Owner{.pid = 1},
                          std::nullopt);
}

TEST(ProgramRun, HowItEndsIsItsStatus) {
    const auto status_of = [](const std::string& script) {
        TestRunLedger ledger;
        const ProgramRunEnd end = run(ledger, {}, script);
        EXPECT_EQ(ledger.lines_with("run.created"), 1u);
        EXPECT_EQ(ledger.lines_with("program_pid_start"), 1u);
        EXPECT_EQ(ledger.lines_with(fmt::format("\"run.{}\"", end.status)), 1u);
        return fmt::format("{} {}", end.status, end.reason);
    };
    EXPECT_EQ(status_of("exit 0"), "completed ");
    EXPECT_EQ(status_of("exit 3"), "failed exit code 3");
    EXPECT_EQ(status_of("kill -SEGV $$"), "failed killed by SIGSEGV");
    EXPECT_EQ(status_of("kill -TERM $$"), "cancelled killed by SIGTERM");
    EXPECT_EQ(status_of("kill -TERM $PPID; sleep 60"),
              "cancelled stopped by SIGTERM: killed by SIGTERM");
}

TEST(ProgramRun, WhatCannotBeStartedIsAFailedRun) {
    TestRunLedger ledger;
    const ProgramRunEnd end = run(ledger, {.program = {.argv = {"/nowhere/x"}}}, "");
    EXPECT_FALSE(end.program);
    EXPECT_EQ(end.not_started->code(), ErrorCode::kNotFound);
    EXPECT_EQ(ledger.lines_with(R"("kind":"not_started")"), 1u);
    EXPECT_EQ(ledger.lines_with("run.started"), 0u);
}

TEST(ProgramRun, ATimeoutIsAFailure) {
    TestRunLedger ledger;
    const ProgramRunEnd end = run(ledger, {.program = {.argv = {}, .timeout_ms = 50}}, "sleep 60");
    EXPECT_EQ(end.reason, "timed out after 50 ms: killed by SIGTERM");
    EXPECT_EQ(ledger.lines_with(R"("kind":"timeout")"), 1u);
}

TEST(ProgramRun, TheProgramKnowsItsRun) {
    TestRunLedger ledger;
    run(ledger, {},
        "echo $DAYBOOK_RUN_ID $DAYBOOK_LEDGER; echo '{\"metric\":{\"m\":1}}' > "
        "$DAYBOOK_METRICS_FILE");
    EXPECT_EQ(os::read_file(ledger.root() + "/artifacts/runs/r/stdout.log", 1000).value(),
              "r " + ledger.root() + "\n");
    EXPECT_EQ(ledger.lines_with(R"("metrics":{"m":1},"step":0)"), 1u);
    EXPECT_EQ(ledger.lines_with(R"("artifact_type":"metrics")"), 1u);
}

TEST(ProgramRun, HeartbeatsComeWhileItRuns) {
    TestRunLedger ledger;
    run(ledger, {.heartbeat_ms = 50}, "sleep 0.4");
    EXPECT_GE(ledger.lines_with("run.heartbeat"), 2u);
    EXPECT_LE(ledger.lines_with("run.heartbeat"), 9u);
    EXPECT_EQ(ledger.lines_with(R"("heartbeat_ms":50)"), 1u);
}

// The program notes when it asks for the signal and when it gets it; in between a sync is stuck.
TEST(ProgramRun, ADiskThatDoesNotAnswerHoldsUpNoSignal) {
    TestRunLedger ledger;
    os::Faults faults;
    faults.delay(os::Call::kFdatasync, std::chrono::seconds(3));
    run(ledger, {},
        "trap 'date +%s%3N; exit 3' TERM; sleep 1.3; date +%s%3N; kill -TERM $PPID;"
        "while :; do sleep 0.01; done");
    const std::string path = ledger.root() + "/artifacts/runs/r/stdout.log";
    const std::string times = os::read_file(path, 1000).value();
    const std::size_t second = times.find('\n') + 1;
    EXPECT_LT(std::stoll(times.substr(second)) - std::stoll(times), 1500) << times;
}

}  // namespace
}  // namespace daybook::cli
