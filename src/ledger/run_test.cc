#include "daybook/run.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daybook/ledger.h"
#include "support/log_lines.h"
#include "support/temp_dir.h"

namespace daybook {
namespace {

using Lines = std::vector<std::string>;

class RunTest : public ::testing::Test {
protected:
    RunTest() : ledger_(*Ledger::open(temp_ / "ledger")) {}

    daybook::Run start() {
        Result<daybook::Run> run = ledger_.start_run({.type = "policy", .run_id = "r1"});
        EXPECT_TRUE(run.has_value()) << run.error().message();
        return std::move(*run);
    }
    // What was recorded after run.created and run.started.
    Lines recorded() const {
        Lines lines = testing::unstamped_lines(ledger_.directory());
        lines.erase(lines.begin(), lines.begin() + 2);
        return lines;
    }

    testing::TempDir temp_;
    Ledger ledger_;
};

TEST_F(RunTest, StartingRecordsCreationAndOwner) {
    daybook::Run run = start();
    const Lines lines = testing::unstamped_lines(ledger_.directory());
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(
        lines[0],
        R"({"event_type":"run.created","run_id":"r1","run_type":"policy","config":{},"data_fingerprint":""})");
    EXPECT_TRUE(
        lines[1].starts_with(R"({"event_type":"run.started","run_id":"r1","owner":{"host":)"));
    EXPECT_NE(lines[1].find("\"pid\":" + std::to_string(::getpid())), std::string::npos);
}

TEST_F(RunTest, AGeneratedIdNamesTypeAndTimeAndIsUnique) {
    const Result<daybook::Run> a = ledger_.start_run({.type = "policy"});
    const Result<daybook::Run> b = ledger_.start_run({.type = "policy"});
    EXPECT_TRUE(a->id().starts_with("policy-20"));
    EXPECT_NE(a->id(), b->id());
}

TEST_F(RunTest, PhasesAreOrderedByFirstUseAndCountTheirIterations) {
    daybook::Run run = start();
    for (const char* name : {"load", "search", "search"}) {
        Result<Phase> phase = run.phase(name);
        ASSERT_TRUE(phase.has_value());
        ASSERT_TRUE(phase->complete({{"rows", 3}}).has_value());
    }
    const Lines lines = recorded();
    ASSERT_EQ(lines.size(), 6u);
    EXPECT_EQ(
        lines[0],
        R"({"event_type":"phase.started","run_id":"r1","phase_name":"load","phase_order":0,"iteration":0})");
    EXPECT_EQ(
        lines[2],
        R"({"event_type":"phase.started","run_id":"r1","phase_name":"search","phase_order":1,"iteration":0})");
    EXPECT_EQ(
        lines[4],
        R"({"event_type":"phase.started","run_id":"r1","phase_name":"search","phase_order":1,"iteration":1})");
    EXPECT_TRUE(lines[5].starts_with(
        R"({"event_type":"phase.completed","run_id":"r1","phase_name":"search","duration_ms":)"));
    EXPECT_TRUE(
        lines[5].ends_with(R"("output_summary":{"rows":3},"phase_order":1,"iteration":1})"));
}

TEST_F(RunTest, APhaseLeftNormallyIsCompletedAndOneLeftByAnExceptionFailed) {
    daybook::Run run = start();
    {
        const Result<Phase> phase = run.phase("good");
    }
    try {
        const Result<Phase> phase = run.phase("bad");
        throw std::runtime_error("x");
    } catch (const std::runtime_error&) {
    }
    const Lines lines = recorded();
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_TRUE(lines[1].starts_with(R"({"event_type":"phase.completed")"));
    EXPECT_TRUE(lines[3].starts_with(
        R"({"event_type":"phase.failed","run_id":"r1","phase_name":"bad","error":{"message":"left by an exception"})"));
}

TEST_F(RunTest, ARunLeftByAnExceptionIsFailed) {
    try {
        const daybook::Run run = start();
        throw std::runtime_error("x");
    } catch (const std::runtime_error&) {
    }
    EXPECT_EQ(
        recorded(),
        Lines{
            R"({"event_type":"run.failed","run_id":"r1","error":{"message":"left by an exception"}})"});
}

TEST_F(RunTest, ARunLeftNormallyIsCompletedImplicitly) {
    {
        const daybook::Run run = start();
    }
    EXPECT_EQ(
        recorded(),
        Lines{
            R"({"event_type":"run.completed","run_id":"r1","summary":{},"artifact_paths":{},"implicit_end":true})"});
}

TEST_F(RunTest, ARunStartedWhileAnExceptionIsUnderWayIsNotFailedByIt) {
    struct RunsOnTheWayOut {
        Ledger& ledger;
        ~RunsOnTheWayOut() { (void)ledger.start_run({.type = "cleanup", .run_id = "r1"}); }
    };
    try {
        const RunsOnTheWayOut guard{ledger_};
        throw std::runtime_error("x");
    } catch (const std::runtime_error&) {
    }
    EXPECT_TRUE(recorded().at(0).starts_with(R"({"event_type":"run.completed")"));
}

TEST_F(RunTest, ARunEndsOnce) {
    daybook::Run run = start();
    ASSERT_TRUE(run.complete({{"trades", 3}}).has_value());
    EXPECT_EQ(run.fail("late").error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(run.cancel().error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(
        recorded(),
        Lines{
            R"({"event_type":"run.completed","run_id":"r1","summary":{"trades":3},"artifact_paths":{}})"});
}

TEST_F(RunTest, APhaseEndsOnce) {
    daybook::Run run = start();
    Result<Phase> phase = run.phase("load");
    ASSERT_TRUE(phase);
    EXPECT_EQ(phase->fail("x", {.kind = "\xff"}).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(phase->complete());
    EXPECT_EQ(phase->complete().error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(phase->fail("late").error().message(),
              "end phase load of run r1: it has ended already");
    EXPECT_EQ(recorded().size(), 2u);
}

TEST_F(RunTest, WhatIsRefusedUsesUpNoNumber) {
    daybook::Run run = start();
    EXPECT_FALSE(run.phase(""));
    EXPECT_FALSE(run.record_metrics({{"loss", std::nan("")}}));
    ASSERT_TRUE(run.record_metrics({{"loss", 1}}));
    {
        const Result<Phase> phase = run.phase("load");
    }
    const Lines lines = recorded();
    EXPECT_TRUE(lines.at(0).ends_with(R"("step":0})")) << lines[0];
    EXPECT_TRUE(lines.at(1).ends_with(R"("phase_order":0,"iteration":0})")) << lines[1];
}

TEST_F(RunTest, UnderKeepAWrongCallIsCountedAndAnEventThatItLosesToo) {
    Result<Ledger> ledger =
        Ledger::open(temp_ / "keeping", {.failure_policy = FailurePolicy::kKeep});
    Result<daybook::Run> run = ledger->start_run({.type = "t", .heartbeat_ms = -1});
    ASSERT_TRUE(run);
    EXPECT_TRUE(run->record_trial("t", {}, {}, {.state = "odd"}));
    EXPECT_TRUE(run->add_artifact(temp_ / "missing", "model"));
    EXPECT_EQ(ledger->last_failure()->code(), ErrorCode::kNotFound);
    Result<daybook::Run> attached = ledger->attach(run->id());
    Result<Phase> phase = attached->phase("load");
    ASSERT_TRUE(phase);
    EXPECT_TRUE(phase->complete());
    EXPECT_EQ(ledger->stats(), (LedgerStats{.recorded = 2, .failures = 4, .dropped = 3}));
    // No event is lost by these.
    EXPECT_TRUE(phase->complete());
    EXPECT_TRUE(attached->complete());
    EXPECT_TRUE(run->complete());
    EXPECT_TRUE(run->complete());
    EXPECT_EQ(ledger->stats(), (LedgerStats{.recorded = 3, .failures = 7, .dropped = 3}));
    EXPECT_NE(testing::log_lines(temp_ / "keeping").at(2).find("\"events_dropped\":3"),
              std::string::npos);
}

TEST_F(RunTest, AnAttachedRunNeitherEndsNorNumbersPhases) {
    daybook::Run run = start();
    {
        Result<daybook::Run> attached = ledger_.attach("r1");
        EXPECT_EQ(attached->phase("load").error().code(), ErrorCode::kInvalidArgument);
        EXPECT_TRUE(attached->phase("load", 4).has_value());
        EXPECT_TRUE(attached->record_trial("t", {}, {}).has_value());
    }
    const Lines lines = recorded();
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_EQ(
        lines[0],
        R"({"event_type":"phase.started","run_id":"r1","phase_name":"load","phase_order":4,"iteration":0})");
}

TEST_F(RunTest, TrialsKeepEveryKindOfValue) {
    daybook::Run run = start();
    const std::string_view violations[] = {"drawdown"};
    ASSERT_TRUE(
        run.record_trial(
               "t1", {{"stop", 0.05}, {"n", 3}, {"on", true}, {"none", nullptr}, {"kind", "a\"b"}},
               {{"sharpe", -1.5}, {"nested", Fields{{"x", 1}}}},
               {.state = "pruned", .feasible = false, .violations = violations, .duration_ms = 7})
            .has_value());
    EXPECT_EQ(
        recorded(),
        Lines{
            R"({"event_type":"trial.recorded","run_id":"r1","trial_id":"t1","params":{"stop":0.05,"n":3,"on":true,"none":null,"kind":"a\"b"},"metrics":{"sharpe":-1.5,"nested":{"x":1}},"state":"pruned","feasible":false,"violations":["drawdown"],"duration_ms":7})"});
}

TEST_F(RunTest, ANumberThatJsonCannotHoldIsRefusedByItsNameAndNothingIsWritten) {
    daybook::Run run = start();
    const Status status = run.record_trial("t1", {}, {{"sharpe", std::nan("")}});
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(status.error().message().find("/metrics/sharpe"), std::string::npos)
        << status.error().message();
    EXPECT_EQ(recorded(), Lines{});
}

TEST_F(RunTest, AnUnknownTrialStateIsRefused) {
    daybook::Run run = start();
    EXPECT_EQ(run.record_trial("t1", {}, {}, {.state = "done"}).error().code(),
              ErrorCode::kInvalidArgument);
}

TEST_F(RunTest, PointsWithoutAStepAreNumberedByName) {
    daybook::Run run = start();
    ASSERT_TRUE(run.record_metrics({{"loss", 3}}).has_value());
    ASSERT_TRUE(run.record_metrics({{"loss", 2}, {"accuracy", 0.5}}).has_value());
    ASSERT_TRUE(run.record_metrics({{"accuracy", 0.6}}).has_value());
    ASSERT_TRUE(run.record_metrics({{"other", 1}}).has_value());
    ASSERT_TRUE(run.record_metrics({{"other", 1}}, {.step = 40}).has_value());
    const Lines lines = recorded();
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_TRUE(lines[0].ends_with(R"("metrics":{"loss":3},"step":0})"));
    EXPECT_TRUE(lines[1].ends_with(R"("metrics":{"loss":2,"accuracy":0.5},"step":1})"));
    EXPECT_TRUE(lines[2].ends_with(R"("metrics":{"accuracy":0.6},"step":2})"));
    EXPECT_TRUE(lines[3].ends_with(R"("metrics":{"other":1},"step":0})"));
    EXPECT_TRUE(lines[4].ends_with(R"("metrics":{"other":1},"step":40})"));
}

TEST_F(RunTest, PointsGivenAsJsonAreNumberedByName) {
    daybook::Run run = start();
    for (const char* metrics :
         {R"({"loss":3})", R"({"l\u006fss":2,"nested":1})", R"({"loss":1})"}) {
        ASSERT_TRUE(run.record_metrics(Json{metrics}));
    }
    ASSERT_TRUE(run.record_metrics({{"loss", 0}}));
    ASSERT_TRUE(
        run.record_metrics({}, {.nonfinite = Json{R"({"/metrics/loss":"NaN"})"}}).has_value());
    const Lines lines = recorded();
    ASSERT_EQ(lines.size(), 5u);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        EXPECT_NE(lines[i].find("\"step\":" + std::to_string(i)), std::string::npos) << lines[i];
    }
}

TEST_F(RunTest, NumberingGoesOnAfterStepsThatAreGiven) {
    daybook::Run run = start();
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
    ASSERT_TRUE(run.record_metrics({{"loss", 3}}, {.step = 0}));
    ASSERT_TRUE(run.record_metrics({{"loss", 2}}));
    ASSERT_TRUE(run.record_metrics({{"loss", 2}}, {.step = 0}));
    ASSERT_TRUE(run.record_metrics({{"loss", 1}}));
    ASSERT_TRUE(run.record_metrics({{"end", 1}}, {.step = kLast}));
    ASSERT_TRUE(run.record_metrics({{"end", 1}}));
    const Lines lines = recorded();
    EXPECT_TRUE(lines.at(1).ends_with(R"("step":1})")) << lines[1];
    EXPECT_TRUE(lines.at(3).ends_with(R"("step":2})")) << lines[3];
    EXPECT_TRUE(lines.at(5).ends_with(fmt::format(R"("step":{}}})", kLast))) << lines[5];
}

TEST_F(RunTest, PointsThatJsonCannotHoldAreNumberedToo) {
    daybook::Run run = start();
    ASSERT_TRUE(run.record_metrics({{"a/b", 3}}).has_value());
    ASSERT_TRUE(run.record_metrics({}, {.nonfinite = {{"/metrics/a~1b", "NaN"}}}).has_value());
    ASSERT_TRUE(run.record_metrics({{"a/b", 2}}).has_value());
    const Lines lines = recorded();
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_TRUE(lines[1].ends_with(R"("step":1,"nonfinite":{"/metrics/a~1b":"NaN"}})"));
    EXPECT_TRUE(lines[2].ends_with(R"("step":2})"));
}

TEST_F(RunTest, AnArtifactIsRecordedWithSizeHashAndPath) {
    daybook::Run run = start();
    const std::string inside = ledger_.directory() + "/curve.CSV";
    std::ofstream(inside) << "abc";
    std::ofstream(temp_ / "outside") << "";
    ASSERT_TRUE(run.add_artifact(inside, "curve", {.rows = 1}).has_value());
    ASSERT_TRUE(run.add_artifact(temp_ / "outside", "model").has_value());
    EXPECT_EQ(run.add_artifact(temp_ / "missing", "model").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(run.add_artifact(temp_.path(), "model").error().code(), ErrorCode::kInvalidArgument);
    const std::string outside = std::filesystem::canonical(temp_ / "outside");
    EXPECT_EQ(
        recorded(),
        (Lines{
            R"({"event_type":"artifact.created","run_id":"r1","artifact_type":"curve","artifact_path":"curve.CSV","size_bytes":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","rows":1,"format":"csv"})",
            R"({"event_type":"artifact.created","run_id":"r1","artifact_type":"model","artifact_path":")" +
                outside +
                R"(","size_bytes":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})"}));
}

TEST_F(RunTest, AnArtifactThatIsCopiedIsRecordedAsTheCopy) {
    daybook::Run run = start();
    const std::string path = temp_ / "model.bin";
    std::ofstream(path) << "abc";
    ASSERT_TRUE(run.add_artifact(path, "model", {.rows = 1, .copy = true}));
    EXPECT_EQ(run.add_artifact(temp_ / "gone", "model", {.copy = true}).error().code(),
              ErrorCode::kNotFound);
    EXPECT_EQ(
        recorded(),
        (Lines{
            R"({"event_type":"artifact.created","run_id":"r1","artifact_type":"model","artifact_path":"artifacts/objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","size_bytes":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","rows":1,"format":"bin","original_path":")" +
            std::filesystem::canonical(path).string() + "\"}"}));
}

TEST_F(RunTest, TagsAndNotes) {
    daybook::Run run = start();
    ASSERT_TRUE(run.tag({{"stage", "prod"}, {"old", nullptr}}).has_value());
    ASSERT_TRUE(run.note("looks right", "ada").has_value());
    EXPECT_EQ(
        recorded(),
        (Lines{
            R"({"event_type":"run.tagged","run_id":"r1","tags":{"stage":"prod","old":null}})",
            R"({"event_type":"run.tagged","run_id":"r1","tags":{},"note":"looks right","author":"ada"})"}));
}

TEST_F(RunTest, AForkedChildRecordsButDoesNotEndTheRun) {
    {
        daybook::Run run = start();
        Result<Phase> phase = run.phase("load");
        const pid_t child = ::fork();
        if (child == 0) {
            bool recorded = run.record_trial("child", {}, {}).has_value();
            for (const Status& ended : {run.complete(), run.fail("x"), run.cancel(),
                                        phase->complete(), phase->fail("x")}) {
                recorded =
                    !ended && ended.error().code() == ErrorCode::kInvalidArgument && recorded;
            }
            {
                daybook::Run dropped = std::move(run);
            }
            ::_exit(recorded ? 0 : 1);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_EQ(status, 0);
        ASSERT_TRUE(run.record_trial("parent", {}, {}).has_value());
    }
    Lines trials;
    int ends = 0;
    for (const std::string& line : testing::unstamped_lines(ledger_.directory())) {
        if (line.find("trial.recorded") != std::string::npos) trials.push_back(line);
        if (line.find("run.completed") != std::string::npos) ++ends;
    }
    EXPECT_EQ(trials.size(), 2u);
    EXPECT_EQ(ends, 1);
}

TEST_F(RunTest, HeartbeatsAreSentUntilTheEndAndAnnounced) {
    const auto heartbeats = [&] {
        int count = 0;
        for (const std::string& line : testing::unstamped_lines(ledger_.directory())) {
            if (line.find("run.heartbeat") != std::string::npos) ++count;
        }
        return count;
    };
    Result<daybook::Run> run = ledger_.start_run({.type = "policy", .heartbeat_ms = 20});
    ASSERT_TRUE(run);
    EXPECT_NE(testing::unstamped_lines(ledger_.directory())[1].find(R"("heartbeat_ms":20)"),
              std::string::npos);
    for (int i = 0; i < 1000 && heartbeats() < 3; ++i) ::usleep(10'000);
    EXPECT_GE(heartbeats(), 3);
    ASSERT_TRUE(run->complete());
    const int sent = heartbeats();
    ::usleep(100'000);
    EXPECT_EQ(heartbeats(), sent);
    EXPECT_EQ(ledger_.start_run({.type = "policy", .heartbeat_ms = -1}).error().code(),
              ErrorCode::kInvalidArgument);
}

TEST_F(RunTest, ThreadsShareARun) {
    constexpr int kThreads = 4;
    constexpr int kTrials = 500;
    {
        daybook::Run run = start();
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&run, t] {
                for (int i = 0; i < kTrials; ++i) {
                    const std::string id = std::to_string(t) + "-" + std::to_string(i);
                    EXPECT_TRUE(run.record_trial(id, {{"i", i}}, {}).has_value());
                    EXPECT_TRUE(run.record_metrics({{"loss", i}}).has_value());
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    // Each trial once, and the steps 0, 1, 2… each once.
    std::set<std::string> distinct;
    for (const std::string& line : recorded()) EXPECT_TRUE(distinct.insert(line).second) << line;
    EXPECT_EQ(distinct.size(), 2 * kThreads * kTrials + 1u);
}

}  // namespace
}  // namespace daybook
