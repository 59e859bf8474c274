// Whole walk-forward searches: files in, folds with their events and artifacts out.
#include "backtest/fold_run.h"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/optimize.h"
#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;

constexpr std::int64_t kStartS = 1'704'067'200;
constexpr int kCalls = 40;
constexpr int kMinutesApart = 10;

class FoldRunTest : public testing::RunTest {
protected:
    // Forty calls ten minutes apart, windows of fifteen; prices go at random.
    FoldRunTest() {
        SeededRandom random(5);
        const auto uniform = [&] { return static_cast<double>(random.next() >> 11) * 0x1p-53; };
        std::string candles = "timestamp,mint,open,high,low,close,volume\n";
        double close = 1;
        for (int i = 0; i < kCalls * kMinutesApart + 20; ++i) {
            const double open = close;
            close = open * (1 + 0.02 * (uniform() - 0.49));
            candles +=
                fmt::format("{},A,{},{},{},{},1\n", kStartS + 60 * i, open,
                            std::max(open, close) * 1.005, std::min(open, close) * 0.995, close);
        }
        std::string calls = "id,caller,mint,created_at\n";
        for (int i = 0; i < kCalls; ++i) {
            calls += fmt::format("c{:02},ann,A,{}\n", i, kStartS + 60 * kMinutesApart * i);
        }
        options_.input.calls = write("calls.csv", calls);
        options_.input.candles = write("candles.csv", candles);
        options_.input.interval = parse_interval("1m").value();
        options_.input.max_hold = Span::bars(15);
        options_.run.run_id = "p";
        options_.spaces = {{"test", parse_space(R"({"grids":[{"kind":"fixed_stop",
            "stopPct":[0.01,0.02,0.5],"takeProfitPct":[0.01,0.03]}]})")
                                        .value()}};
        options_.constraints = Constraints{.max_losing_stop_rate = 0.9,
                                           .min_p05_mae_bps = -3000,
                                           .max_mean_time_exposed_ms = std::nullopt};
        options_.validation.folds = FoldSpec{.folds = 3};
    }
    Result<RunSummary> run() { return run_optimize(options_, context()); }
    json summary_of(const std::string& run_id) const {
        for (const auto& event : sink_.events) {
            if (event.run_id == run_id && event.type == "run.completed") {
                return json::parse(event.text);
            }
        }
        return nullptr;
    }
    std::string story_of(const std::string& run_id) const {
        std::string story;
        for (const auto& event : sink_.events) {
            if (event.run_id == run_id) story += event.type + " " + event.name + "\n";
        }
        return story;
    }
    std::string trades_of(const std::string& run_id) {
        return rows(
            fmt::format("SELECT * EXCLUDE run_id FROM '$L/artifacts/runs/{}/"
                        "trades.parquet'",
                        run_id));
    }

    OptimizeOptions options_;
};

TEST_F(FoldRunTest, EachFoldIsARunBelowTheSearch) {
    ASSERT_TRUE(run());
    EXPECT_EQ(sink_.one("run.created").name, "walk_forward");
    const json summary = summary_of("p");
    ASSERT_EQ(summary["validation"]["fold_runs"].size(), 3u);
    for (const json& fold : summary["validation"]["fold_runs"]) {
        const std::string policy = fold["policy_id"];
        EXPECT_EQ(story_of(fold["run_id"]),
                  "run.created policy\nrun.started \n"
                  "phase.started train\nartifact.created config_json\nphase.completed train\n"
                  "phase.started choose\nphase.completed choose\n"
                  "phase.started test\nartifact.created alerts\nartifact.created trades\n"
                  "trial.recorded " +
                      policy +
                      "\nartifact.created summary_json\nphase.completed test\n"
                      "run.completed \n");
    }
}

// What a fold claims is what searches of its train calls and its test calls alone find.
TEST_F(FoldRunTest, AFoldChoosesWhatASearchOfItsTrainCallsChooses) {
    ASSERT_TRUE(run());
    const json fold = summary_of("p.fold-2");
    EXPECT_EQ(fold["calls_train"], 19);
    EXPECT_EQ(fold["calls_purged"], 1);
    EXPECT_EQ(fold["calls_test"], 10);
    const auto search_between = [&](int first, int last, const std::string& run_id) {
        std::string calls = "id,caller,mint,created_at\n";
        for (int i = first; i <= last; ++i) {
            calls += fmt::format("c{:02},ann,A,{}\n", i, kStartS + 60 * kMinutesApart * i);
        }
        OptimizeOptions alone = options_;
        alone.input.calls = write(run_id + ".csv", calls);
        alone.run.run_id = run_id;
        alone.validation = {};
        EXPECT_TRUE(run_optimize(alone, context()));
        return summary_of(run_id);
    };
    const json train = search_between(0, 18, "train");
    EXPECT_EQ(fold["policy_id"], train["chosen"]["policy_id"]);
    EXPECT_EQ(fold["train_score"], train["chosen"]["score"]);
    EXPECT_EQ(fold["overfitting"], train["overfitting"]);
    search_between(20, 29, "test");
    for (const auto& event : sink_.events) {
        if (event.run_id == "test" && event.name == fold["policy_id"].get<std::string>()) {
            EXPECT_EQ(json::parse(event.text)["score"], fold["test_score"]);
        }
    }
    EXPECT_EQ(rows("SELECT min(call_id), max(call_id), count(*), min(policy_id) "
                   "FROM '$L/artifacts/runs/p.fold-2/trades.parquet'"),
              fmt::format("c20|c29|10|{}\n", fold["policy_id"].get<std::string>()));
    EXPECT_EQ(rows("SELECT min(call_id), max(call_id), count(*) "
                   "FROM '$L/artifacts/runs/p.fold-2/alerts.parquet'"),
              "c20|c29|10\n");
    EXPECT_EQ(rows("SELECT part, min(call_id), max(call_id), count(*) FROM "
                   "'$L/artifacts/runs/p/splits.parquet' WHERE split = 2 GROUP BY part ORDER BY 2"),
              "train|c00|c18|19\npurged|c19|c19|1\ntest|c20|c29|10\n");
}

TEST_F(FoldRunTest, AFoldThatCannotBeTestedSaysSo) {
    options_.input.calls = write("two.csv", fmt::format("id,caller,mint,created_at\nx,ann,A,{}\n"
                                                        "y,ann,A,{}\n",
                                                        kStartS, kStartS + 6000));
    ASSERT_TRUE(run());
    EXPECT_EQ(summary_of("p")["validation"]["fold_runs"][0]["note"], "no call to choose on");
    EXPECT_EQ(warnings_, (std::vector<std::string>{"folds: 1 of 3: no call to choose on",
                                                   "folds: 1 of 3: no call to test on"}));
}

TEST_F(FoldRunTest, ARunThatHasAFoldsNameIsFoundBeforeTheSearch) {
    RunContext taken = context();
    taken.find_run = [](const std::string& id) -> Result<std::optional<ExistingRun>> {
        return id == "p.fold-2" ? std::optional(ExistingRun{}) : std::nullopt;
    };
    EXPECT_EQ(run_optimize(options_, taken).error().message(),
              "run p: the run p.fold-2, which would be a part of it, exists already; choose "
              "another run id");
    EXPECT_TRUE(nothing_written());
    options_.run.run_id = std::string(250, 'p');
    taken.find_run = [](const std::string&) -> Result<std::optional<ExistingRun>> {
        return std::nullopt;
    };
    EXPECT_EQ(run_optimize(options_, taken).error().message(),
              "run-id: found 250 bytes, which leaves no room for the run fold-1 below it; expected "
              "at most 249");
    EXPECT_TRUE(nothing_written());
}

TEST_F(FoldRunTest, WithoutAFeasiblePolicyNoneIsChosenAndTheFoldsComplete) {
    options_.constraints->min_p05_mae_bps = 0;
    ASSERT_TRUE(run());
    const json fold = summary_of("p.fold-1");
    EXPECT_EQ(fold["policy_id"], nullptr);
    EXPECT_EQ(fold["test_score"], nullptr);
    EXPECT_EQ(fold["note"], "no feasible policy");
    EXPECT_EQ(trades_of("p.fold-1"), "");
    EXPECT_EQ(story_of("p.fold-1").find("trial.recorded"), std::string::npos);
    EXPECT_EQ(summary_of("p")["validation"]["splits_chosen"], 0);
}

TEST_F(FoldRunTest, ThreadsDoNotMatter) {
    options_.run.threads = 1;
    ASSERT_TRUE(run());
    const json one = summary_of("p");
    const std::string trades = trades_of("p.fold-3");
    for (unsigned threads = 2; threads <= 4; ++threads) {
        sink_.events.clear();
        EXPECT_TRUE(os::remove_tree(ledger() + "/artifacts").has_value());
        options_.run.threads = threads;
        ASSERT_TRUE(run());
        EXPECT_EQ(summary_of("p"), one);
        EXPECT_EQ(trades_of("p.fold-3"), trades);
    }
}

// Stopped in the second fold; resumed, the first is left alone and the second tried again.
TEST_F(FoldRunTest, AResumedSearchFinishesTheFoldsThatAreLeft) {
    RunContext stopping = context();
    stopping.cancelled = [&] {
        return std::any_of(sink_.events.begin(), sink_.events.end(), [](const auto& event) {
            return event.run_id == "p.fold-2" && event.type == "phase.started";
        });
    };
    EXPECT_EQ(run_optimize(options_, stopping).error().code(), ErrorCode::kCancelled);
    EXPECT_NE(story_of("p.fold-2").find("run.cancelled"), std::string::npos);
    EXPECT_NE(story_of("p").find("run.cancelled"), std::string::npos);
    std::map<std::string, ExistingRun> known;
    for (const auto& event : sink_.events) {
        ExistingRun& existing = known[event.run_id];
        if (event.type == "run.created") {
            existing.run_type = event.name;
            existing.config_json = event.text;
            existing.data_fingerprint = event.other;
        }
        existing.completed = existing.completed || event.type == "run.completed";
        if (event.type == "trial.recorded") existing.trials.insert(event.name);
    }
    sink_.events.clear();
    RunContext again = context();
    again.find_run = [&](const std::string& id) -> Result<std::optional<ExistingRun>> {
        const auto found = known.find(id);
        if (found == known.end()) return std::nullopt;
        return found->second;
    };
    options_.run.resume = true;
    ASSERT_TRUE(run_optimize(options_, again));
    EXPECT_EQ(story_of("p.fold-1"), "");
    EXPECT_EQ(story_of("p.fold-2").find("run.created"), std::string::npos);
    const json resumed = summary_of("p");
    const std::string trades = trades_of("p.fold-2");

    sink_.events.clear();
    EXPECT_TRUE(os::remove_tree(ledger() + "/artifacts").has_value());
    options_.run.resume = false;
    ASSERT_TRUE(run());
    EXPECT_EQ(resumed, summary_of("p"));
    EXPECT_EQ(trades, trades_of("p.fold-2"));
}

TEST_F(FoldRunTest, ASplitChoosesOnItsTrainCallsAlone) {
    options_.validation = {.split = SplitSpec{.train_share = 0.5}, .folds = std::nullopt};
    ASSERT_TRUE(run());
    const json summary = summary_of("p");
    EXPECT_EQ(summary["run_type"], "grid_search");
    EXPECT_EQ(summary["validation"]["calls_train"], 19);
    EXPECT_EQ(summary["validation"]["calls_purged"], 1);
    EXPECT_EQ(summary["validation"]["calls_test"], 20);
    EXPECT_EQ(summary["chosen"]["calls_executed"], 19);
    EXPECT_EQ(summary["chosen"]["score"], summary["validation"]["train_score"]);
    EXPECT_EQ(summary["validation"]["leaky"], false);
}

TEST_F(FoldRunTest, OptionsThatMakeNoSenseAreRefusedAndLeaveNothing) {
    options_.validation.folds->folds = 0;
    EXPECT_EQ(run().error().message(), "folds: found '0', expected 1 to 1000");
    options_.validation.folds->folds = 2;
    options_.by_caller = true;
    EXPECT_EQ(
        run().error().message(),
        "by: found together with folds, expected one of them: a caller's search is not tested");
    options_.validation = {.split = SplitSpec{.train_share = 1}, .folds = std::nullopt};
    EXPECT_EQ(run().error().message(), "train: found '1', expected a share above 0 and below 1");
    options_.validation = {.split = SplitSpec{}, .folds = FoldSpec{}};
    EXPECT_EQ(run().error().message(), "split, folds: found both, expected one way to test");
    options_.validation = {.split = std::nullopt, .folds = FoldSpec{.embargo_ms = -1}};
    EXPECT_EQ(run().error().message(), "embargo: found '-1' ms, expected 0 or more");
    EXPECT_TRUE(nothing_written());
}

}  // namespace
}  // namespace daybook::backtest
