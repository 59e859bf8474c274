// What every run promises, whatever it computes: existing runs, failures, determinism.
#include "backtest/session.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

using testing::RunTest;

class SessionTest : public RunTest {
protected:
    PolicyOptions options(const std::string& run_id = "r1") {
        PolicyOptions options;
        options.input.calls = write("calls.csv", calls_);
        options.input.candles = write("candles.csv", candles_);
        options.input.interval = parse_interval("1m").value();
        options.input.max_hold = Span::bars(20);
        options.run.run_id = run_id;
        options.policy =
            parse_policy(R"({"kind":"trailing_stop","activationPct":0.02,"trailPct":0.01})")
                .value();
        return options;
    }
    // Three symbols of 200 bars, 120 calls; deterministic, nothing special about them.
    void make_data() {
        SeededRandom random(11);
        calls_ = "id,caller,mint,created_at\n";
        candles_ = "ts,mint,open,high,low,close,volume\n";
        const auto below = [&](std::uint64_t limit) { return random.next() % limit; };
        for (int i = 0; i < 120; ++i) {
            calls_ += fmt::format("c{},k{},S{},{}\n", i, below(4), below(3),
                                  1704067200 + 60 * below(190));
        }
        for (int symbol = 0; symbol < 3; ++symbol) {
            double price = 100;
            for (int bar = 0; bar < 200; ++bar) {
                const double close = price * (0.98 + 0.0004 * static_cast<double>(below(101)));
                candles_ += fmt::format("{},S{},{},{},{},{},1\n", 1704067200 + 60 * bar, symbol,
                                        price, std::max(price, close) * 1.005,
                                        std::min(price, close) * 0.995, close);
                price = close;
            }
        }
    }
    // The same rows in another order, the heading first.
    static std::string reversed(const std::string& csv) {
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < csv.size();) {
            const std::size_t end = csv.find('\n', at);
            lines.push_back(csv.substr(at, end - at + 1));
            at = end + 1;
        }
        std::reverse(lines.begin() + 1, lines.end());
        std::string out;
        for (const std::string& line : lines) out += line;
        return out;
    }
    RunContext context_with(std::optional<ExistingRun> existing) {
        RunContext with = context();
        with.find_run = [existing](const std::string&) -> Result<std::optional<ExistingRun>> {
            return existing;
        };
        return with;
    }

    std::string calls_ = "id,caller,mint,created_at\nc1,ann,A,1704067200\n";
    std::string candles_ =
        "ts,mint,open,high,low,close,volume\n1704067200,A,1,1,1,1,1\n1704067260,A,1,1,1,1,1\n";
};

TEST_F(SessionTest, TheSameInputsGiveTheSameBytesWhateverTheThreadsAndTheOrderOfRows) {
    make_data();
    std::map<std::string, std::string> first;
    std::string fingerprint;
    int run = 0;
    for (const bool backwards : {false, true}) {
        for (const unsigned threads : {1u, 2u, 5u}) {
            PolicyOptions same = options("same");
            if (backwards) {
                write("calls.csv", reversed(calls_));
                write("candles.csv", reversed(candles_));
            }
            same.run.threads = threads;
            RunContext elsewhere = context();
            elsewhere.ledger_dir = path(fmt::format("ledger{}", run++));
            const RunSummary summary = run_policy(same, elsewhere).value();
            std::map<std::string, std::string> hashes;
            for (const RunArtifact& file : summary.artifacts) hashes[file.path] = file.sha256;
            if (first.empty()) {
                first = hashes;
                fingerprint = summary.data_fingerprint;
                EXPECT_GT(summary.rows, 100u);
            }
            EXPECT_EQ(hashes, first) << threads << " threads, backwards " << backwards;
            EXPECT_EQ(summary.data_fingerprint, fingerprint);
        }
    }
}

TEST_F(SessionTest, AnExistingRunIsRefusedAndNothingWritten) {
    const auto refused = run_policy(options(), context_with(ExistingRun{}));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::kAlreadyExists);
    EXPECT_EQ(refused.error().message(),
              "run r1: it exists already; choose another run id, or resume it");
    EXPECT_TRUE(nothing_written());
}

TEST_F(SessionTest, ADirectoryOfThatNameIsARunThatExists) {
    ASSERT_TRUE(run_policy(options(), context()).has_value());
    const auto again = run_policy(options(), context());
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().code(), ErrorCode::kAlreadyExists);
}

TEST_F(SessionTest, AResumedRunIsTheNextAttemptWithoutASecondCreation) {
    const RunSummary before = run_policy(options(), context()).value();
    const std::string config = sink_.one("run.created").text;
    sink_.events.clear();
    PolicyOptions resumed = options();
    resumed.run.resume = true;
    const RunSummary after =
        run_policy(resumed, context_with(ExistingRun{.run_type = "policy",
                                                     .config_json = config,
                                                     .data_fingerprint = before.data_fingerprint,
                                                     .attempt = 2}))
            .value();
    EXPECT_EQ(sink_.events.front().type, "run.started");
    EXPECT_EQ(sink_.events.front().number, 3);
    EXPECT_EQ(sink_.one("run.completed").number, 3);
    EXPECT_EQ(after.json, before.json);
}

TEST_F(SessionTest, AResumedRunMustHaveTheSameConfiguration) {
    ASSERT_TRUE(run_policy(options(), context()).has_value());
    const std::string config = sink_.one("run.created").text;
    PolicyOptions changed = options();
    changed.run.resume = true;
    changed.input.max_hold = Span::bars(21);
    const auto refused = run_policy(
        changed, context_with(ExistingRun{
                     .run_type = "policy", .config_json = config, .data_fingerprint = ""}));
    EXPECT_EQ(refused.error().message(),
              "resume run r1: config /max_hold/bars: found 21, the run was made with 20");
}

TEST_F(SessionTest, AResumedRunMustHaveTheSameData) {
    ASSERT_TRUE(run_policy(options(), context()).has_value());
    const std::string config = sink_.one("run.created").text;
    const std::string fingerprint = sink_.one("run.created").other;
    candles_ += "1704067320,A,1,1,1,1,1\n";
    PolicyOptions resumed = options();
    resumed.run.resume = true;
    const auto refused = run_policy(
        resumed,
        context_with(ExistingRun{
            .run_type = "policy", .config_json = config, .data_fingerprint = fingerprint}));
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message().find("the data are not the same"), std::string::npos);
    EXPECT_NE(refused.error().message().find(fingerprint), std::string::npos);
}

TEST_F(SessionTest, ACompletedRunHasNothingToResume) {
    PolicyOptions resumed = options();
    resumed.run.resume = true;
    const auto refused = run_policy(
        resumed,
        context_with(ExistingRun{
            .run_type = "policy", .config_json = "{}", .data_fingerprint = "", .completed = true}));
    EXPECT_EQ(refused.error().message(), "run r1: it is completed; nothing is to be resumed");
}

TEST_F(SessionTest, OnlyARunThatExistsCanBeResumed) {
    PolicyOptions resumed = options();
    resumed.run.resume = true;
    const auto refused = run_policy(resumed, context_with(std::nullopt));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().message(), "no run r1 to resume in " + ledger());
    EXPECT_TRUE(nothing_written());
}

TEST_F(SessionTest, StoppedWhileItReadsARunLeavesNothing) {
    for (int reads = 0; reads < 4; ++reads) {
        RunContext stopped = context();
        int asked = 0;
        stopped.cancelled = [&] { return asked++ >= reads; };
        const auto cancelled = run_policy(options(), stopped);
        ASSERT_FALSE(cancelled.has_value());
        EXPECT_EQ(cancelled.error().code(), ErrorCode::kCancelled);
        EXPECT_TRUE(nothing_written()) << reads;
    }
}

TEST_F(SessionTest, WithoutAnEligibleCallTheReasonIsTold) {
    calls_ = "id,caller,mint,created_at\nc1,ann,FOO,1704067200\n";
    PolicyOptions none = options();
    ASSERT_TRUE(run_policy(none, context()).has_value());
    EXPECT_EQ(warnings_.at(0),
              "no call is eligible: 1 missing_range (no bars for FOO; the candles have A); the run "
              "completes with no rows");
    warnings_.clear();
    none = options("r2");
    none.input.from = parse_day("2025-01-01");
    ASSERT_TRUE(run_policy(none, context()).has_value());
    EXPECT_EQ(warnings_.at(0),
              "no call is eligible: no call was made on the days --from and --to select; the run "
              "completes with no rows");
}

TEST_F(SessionTest, CallsThatAreEnteredLongAfterTheyWereMadeAreCounted) {
    std::string days = "date,symbol,open,high,low,close\n";
    for (const char* day : {"2024-01-01", "2024-01-02", "2024-03-01", "2024-03-02", "2024-03-03"}) {
        days += std::string(day) + ",A,1,1,1,1\n";
    }
    PolicyOptions late = options();
    late.input.interval = parse_interval("1d").value();
    late.input.max_hold = Span::bars(3);
    late.input.candles = write("days.csv", days);
    late.input.calls = write("late.csv",
                             "id,caller,mint,created_at\nc1,ann,A,2024-01-02\n"
                             "c2,ann,A,2024-01-03\n");
    ASSERT_TRUE(run_policy(late, context()).has_value());
    EXPECT_EQ(warnings_.back(),
              "1 of 2 calls are entered more than 10 days after they were due, up to 58: there "
              "are no bars before");
}

TEST_F(SessionTest, ARunThatIsStillCarriedOnIsNotResumed) {
    PolicyOptions resumed = options();
    resumed.run.resume = true;
    const auto refused =
        run_policy(resumed, context_with(ExistingRun{.run_type = "policy",
                                                     .config_json = "{}",
                                                     .data_fingerprint = "",
                                                     .carried_on_by = "process 7"}));
    EXPECT_EQ(refused.error().message(),
              "run r1: process 7 still carries it on; wait for its end, or end it and resume then");
    EXPECT_TRUE(nothing_written());
}

TEST_F(SessionTest, ResumingNeedsARunId) {
    PolicyOptions resumed = options();
    resumed.run.resume = true;
    resumed.run.run_id.reset();
    EXPECT_EQ(run_policy(resumed, context()).error().message(),
              "resume: no run id was given to be resumed");
}

TEST_F(SessionTest, APhaseThatFailsEndsTheRunAndIsNamed) {
    // A directory where the trades should go.
    ASSERT_TRUE(os::make_dirs(ledger() + "/artifacts/runs/r1/.trades.parquet.tmp").has_value());
    PolicyOptions resumed = options();
    resumed.run.resume = true;
    const auto failed = run_policy(resumed, context());
    ASSERT_FALSE(failed.has_value());
    EXPECT_NE(failed.error().message().find("run r1: phase store: write "), std::string::npos)
        << failed.error().message();
    const auto& last = sink_.events.back();
    EXPECT_EQ(last.type, "run.failed");
    EXPECT_EQ(last.name, "store");
    EXPECT_EQ(sink_.one("phase.failed").name, "store");
    EXPECT_EQ(last.text, sink_.one("phase.failed").text);
}

TEST_F(SessionTest, AnEventThatCannotBeWrittenFailsTheRun) {
    for (const char* type : {"run.created", "run.started", "phase.started", "artifact.created",
                             "phase.completed", "trial.recorded", "run.completed"}) {
        sink_.refused_type = type;
        const auto failed = run_policy(options(fmt::format("without_{}", type)), context());
        ASSERT_FALSE(failed.has_value()) << type;
        EXPECT_EQ(failed.error().code(), ErrorCode::kNoSpace) << type;
        EXPECT_NE(failed.error().message().find("no space left"), std::string::npos);
        if (type == std::string("run.created")) {
            EXPECT_TRUE(sink_.events.empty());
        } else {
            EXPECT_EQ(sink_.events.back().type, "run.failed") << type;
            EXPECT_NE(sink_.events.back().text.find("no space left"), std::string::npos);
        }
        sink_.events.clear();
    }
}

TEST_F(SessionTest, ARunThatCouldNotBeCreatedLeavesItsIdFree) {
    sink_.refused_type = "run.created";
    ASSERT_FALSE(run_policy(options(), context()).has_value());
    sink_.refused_type.clear();
    EXPECT_TRUE(run_policy(options(), context()).has_value());
}

TEST_F(SessionTest, ARunThatIsStoppedInAPhaseIsCancelledThere) {
    make_data();
    for (const std::string phase :
         {"plan", "coverage", "slice", "load", "execute", "store", "aggregate"}) {
        sink_.events.clear();
        bool stop = false;
        RunContext stopped = context();
        stopped.progress = [&](const Progress& progress) { stop |= progress.phase == phase; };
        stopped.cancelled = [&] { return stop; };
        PolicyOptions alone = options("stopped_in_" + phase);
        alone.run.threads = 1;
        const auto cancelled = run_policy(alone, stopped);
        ASSERT_FALSE(cancelled.has_value()) << phase;
        EXPECT_EQ(cancelled.error().code(), ErrorCode::kCancelled);
        EXPECT_EQ(cancelled.error().message(),
                  fmt::format("run stopped_in_{0}: stopped in phase {0}", phase));
        EXPECT_EQ(sink_.events.back().type, "run.cancelled") << phase;
        EXPECT_EQ(sink_.story().find("phase.completed " + phase), std::string::npos);
        EXPECT_EQ(sink_.story().find("failed"), std::string::npos);
    }
}

TEST_F(SessionTest, ProgressCountsTheCallsOfThePhaseThatTakesTime) {
    make_data();
    RunContext watched = context();
    std::vector<std::string> phases;
    std::uint64_t done = 0;
    watched.progress = [&](const Progress& progress) {
        if (progress.total == 0) phases.emplace_back(progress.phase);
        if (progress.total != 0) {
            EXPECT_EQ(progress.phase, "execute");
            EXPECT_LE(progress.done, progress.total);
            EXPECT_GT(progress.done, done);
            done = progress.done;
        }
    };
    PolicyOptions alone = options();
    alone.run.threads = 1;
    ASSERT_TRUE(run_policy(alone, watched).has_value());
    EXPECT_EQ(phases, (std::vector<std::string>{"plan", "coverage", "slice", "load", "execute",
                                                "store", "aggregate"}));
    EXPECT_EQ(done, 120u);
}

TEST_F(SessionTest, AFullWindowThatIsRequiredIsWarnedOf) {
    PolicyOptions full = options();
    full.input.require_full_window = true;
    const RunSummary summary = run_policy(full, context()).value();
    ASSERT_FALSE(warnings_.empty());
    EXPECT_NE(warnings_[0].find("looks ahead"), std::string::npos);
    EXPECT_EQ(summary.calls_excluded, 1u);
}

}  // namespace
}  // namespace daybook::backtest
