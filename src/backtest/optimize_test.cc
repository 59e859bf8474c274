// Whole searches: files in, trials and artifacts out.
#include "backtest/optimize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/engine.h"
#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;
using testing::RunTest;

constexpr const char* kSpace = R"({"grids":[
    {"kind":"fixed_stop","stopPct":[0.02,0.05,0.1,0.9],"takeProfitPct":[0.03,0.1,"none"]},
    {"kind":"time_stop","maxHoldMs":[300000,1200000],"takeProfitPct":[0.05,"none"]},
    {"kind":"trailing_stop","activationPct":[0.02,0.05],"trailPct":[0.01,0.03],
     "hardStopPct":[0.05,"none"]},
    {"kind":"ladder","levels":[[{"multiple":1.05,"fraction":0.5},
                                {"multiple":1.1,"fraction":0.5}]],"stopPct":[0.05,"none"]}]})";
constexpr int kBars = 240;
constexpr int kCallsEach = 20;

class OptimizeTest : public RunTest {
protected:
    OptimizeTest() {
        SeededRandom random(3);
        const auto uniform = [&] { return static_cast<double>(random.next() >> 11) * 0x1p-53; };
        std::string candles = "timestamp,mint,open,high,low,close,volume\n";
        std::string calls = "id,caller,mint,created_at\n";
        for (const char* mint : {"A", "B", "C"}) {
            double close = 1;
            Bars& bars = bars_[mint];
            for (int i = 0; i < kBars; ++i) {
                const double open = close;
                close = open * (1 + 0.03 * (uniform() - 0.49));
                const double high = std::max(open, close) * (1 + 0.01 * uniform());
                const double low = std::min(open, close) * (1 - 0.01 * uniform());
                const std::int64_t second = 1'704'067'200 + 60 * i;
                bars.push(second * 1000, open, high, low, close, 1);
                candles +=
                    fmt::format("{},{},{},{},{},{},1\n", second, mint, open, high, low, close);
            }
            for (int i = 0; i < kCallsEach; ++i) {
                const std::string call =
                    fmt::format("{}{},{},{},{}\n", mint, i, i % 3 == 0 ? "ann" : "bob", mint,
                                1'704'067'200 + 60 * (7 * i));
                calls += call;
                if (i % 3 == 0) calls_of_ann_ += call;
            }
        }
        calls += "z,cid,NONE,1704067200\n";  // never eligible
        options_.input.calls = write("calls.csv", calls);
        options_.input.candles = write("candles.csv", candles);
        options_.input.interval = parse_interval("1m").value();
        options_.input.max_hold = Span::bars(60);
        options_.run.run_id = "r1";
        options_.spaces = {{"test", parse_space(kSpace).value()}};
        options_.constraints = Constraints{.max_losing_stop_rate = 0.45,
                                           .min_p05_mae_bps = -900,
                                           .max_mean_time_exposed_ms = 2'700'000};
    }

    Result<RunSummary> run(const OptimizeOptions& options) {
        return run_optimize(options, context());
    }
    // The trials that were recorded, as "id params metrics violations".
    std::vector<std::string> trials(const std::string& run_id = "r1") const {
        std::vector<std::string> out;
        for (const auto& event : sink_.events) {
            if (event.type != "trial.recorded" || event.run_id != run_id) continue;
            out.push_back(event.name + " " + event.other + " " + event.text + " " +
                          event.violations);
        }
        return out;
    }
    void forget() {
        sink_.events.clear();
        warnings_.clear();
        EXPECT_TRUE(os::remove_tree(ledger() + "/artifacts").has_value());
    }
    std::string frontier_rows(const std::string& run_id = "r1") {
        return rows("SELECT * EXCLUDE run_id FROM '$L/artifacts/runs/" + run_id +
                    "/frontier.parquet'");
    }

    OptimizeOptions options_;
    std::string calls_of_ann_ = "id,caller,mint,created_at\n";
    std::map<std::string, Bars> bars_;
};

// The score and the violations of a policy, worked out from the page alone: sorted lists, no code
// of the search's.
struct Expected {
    double score = 0;
    bool feasible = true;
};

double sorted_quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    const double at = q * (static_cast<double>(values.size()) - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

double average(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Expected expect(const Policy& policy, const std::map<std::string, Bars>& all_bars) {
    std::vector<double> nets, tails, maes, times;
    double losing = 0;
    for (const auto& [mint, bars] : all_bars) {
        for (std::size_t call = 0; call < kCallsEach; ++call) {
            const std::size_t begin = 7 * call;
            const Trade trade =
                execute(policy, bars.view().slice(begin, std::min<std::size_t>(begin + 60, kBars)),
                        {.interval_ms = 60'000, .side_cost = 0.004});
            nets.push_back(trade.net_bps);
            maes.push_back(trade.max_adverse_excursion_bps);
            times.push_back(static_cast<double>(trade.time_exposed_ms));
            if (trade.tail_capture) tails.push_back(std::max(0.0, *trade.tail_capture));
            losing += trade.stop_out && trade.net_bps < 0 ? 1 : 0;
        }
    }
    return {.score = sorted_quantile(nets, 0.5) + 200 * average(tails) +
                     sorted_quantile(maes, 0.5) / 100,
            .feasible = losing / static_cast<double>(nets.size()) <= 0.45 &&
                        sorted_quantile(maes, 0.05) >= -900 && average(times) <= 2'700'000};
}

TEST_F(OptimizeTest, TheChosenPolicyIsTheBestByExhaustiveRecomputation) {
    const RunSummary summary = run(options_).value();
    std::map<std::string, Expected> expected;
    std::string best;
    for (const Policy& policy : options_.spaces[0].policies) {
        const std::string id = policy_id(policy);
        const Expected each = expected[id] = expect(policy, bars_);
        if (each.feasible && (best.empty() || each.score > expected[best].score)) best = id;
    }
    std::size_t feasible = 0;
    for (const auto& event : sink_.events) {
        if (event.type != "trial.recorded") continue;
        const Expected& each = expected.at(event.name);
        EXPECT_NEAR(json::parse(event.text)["score"].get<double>(), each.score, 1e-6) << event.name;
        EXPECT_EQ(event.violations == "feasible", each.feasible) << event.name;
        feasible += each.feasible ? 1 : 0;
    }
    // The case would show nothing if all were feasible, or none.
    EXPECT_GT(feasible, 0u);
    EXPECT_LT(feasible, expected.size());
    const json document = json::parse(summary.json);
    EXPECT_EQ(document["chosen"]["policy_id"], best);
    EXPECT_EQ(document["feasible"], feasible);
    EXPECT_EQ(document["trials"], expected.size());
    EXPECT_EQ(summary.rows, expected.size());
}

TEST_F(OptimizeTest, TellsItsStoryInEvents) {
    options_.spaces = {{"one", {Policy{FixedStop{0.1, {}}}, Policy{TimeStop{60'000, {}}}}}};
    ASSERT_TRUE(run(options_).has_value());
    const std::string story = sink_.story();
    EXPECT_EQ(story.substr(0, story.find('\n')), "run.created grid_search");
    EXPECT_EQ(story.substr(story.find("phase.started execute")),
              "phase.started execute\n"
              "trial.recorded fixed_stop_0.1_none\ntrial.recorded time_stop_60000_none\n"
              "phase.completed execute\n"
              "phase.started store\nartifact.created alerts\nartifact.created excluded\n"
              "artifact.created frontier\nartifact.created trades\nphase.completed store\n"
              "phase.started aggregate\nartifact.created summary_json\nphase.completed aggregate\n"
              "run.completed\n");
}

TEST_F(OptimizeTest, TheRowsAreTheSameWhateverTheThreads) {
    options_.by_caller = true;
    std::vector<std::string> first;
    std::string first_frontier;
    std::string first_summary;
    for (unsigned threads = 1; threads <= 4; ++threads) {
        options_.run.threads = threads;
        const std::string summary = run(options_).value().json;
        std::vector<std::string> all = trials();
        for (const char* child : {"r1.caller-1", "r1.caller-2", "r1.caller-3"}) {
            const auto of_child = trials(child);
            all.insert(all.end(), of_child.begin(), of_child.end());
        }
        if (threads == 1) {
            first = all;
            first_frontier = frontier_rows();
            first_summary = summary;
            EXPECT_EQ(first.size(), 4 * options_.spaces[0].policies.size());
        }
        EXPECT_EQ(all, first) << threads;
        EXPECT_EQ(frontier_rows(), first_frontier) << threads;
        EXPECT_EQ(summary, first_summary) << threads;
        forget();
    }
}

TEST_F(OptimizeTest, EachCallerIsAChildRunOfItsOwnCalls) {
    options_.by_caller = true;
    const json summary = json::parse(run(options_).value().json);
    ASSERT_EQ(summary["callers"].size(), 3u);
    EXPECT_EQ(summary["callers"][0]["caller"], "ann");
    EXPECT_EQ(summary["callers"][1]["run_id"], "r1.caller-2");
    EXPECT_EQ(summary["callers"][0]["calls_eligible"].get<int>() +
                  summary["callers"][1]["calls_eligible"].get<int>(),
              summary["calls_eligible"]);
    EXPECT_EQ(summary["callers"][2]["policy_id"], nullptr);
    std::vector<std::string> children;
    for (const auto& event : sink_.events) {
        if (event.type == "run.created" && event.parent == "r1") children.push_back(event.run_id);
    }
    EXPECT_EQ(children, (std::vector<std::string>{"r1.caller-1", "r1.caller-2", "r1.caller-3"}));
    for (const std::string& trial : trials("r1.caller-3")) {
        EXPECT_TRUE(trial.ends_with(" no_trades")) << trial;
        EXPECT_NE(trial.find("\"score\":null"), std::string::npos) << trial;
    }
    // What a caller's run found is what a search over that caller's calls alone finds.
    const auto of_ann = trials("r1.caller-1");
    const std::string rows_of_ann = frontier_rows("r1.caller-1");
    EXPECT_EQ(rows("SELECT * EXCLUDE run_id FROM '$L/artifacts/runs/r1/frontier.parquet' "
                   "WHERE caller_name = 'ann'"),
              rows_of_ann);
    forget();
    options_.by_caller = false;
    options_.input.calls = write("ann.csv", calls_of_ann_);
    ASSERT_TRUE(run(options_).has_value());
    EXPECT_EQ(trials(), of_ann);
}

TEST_F(OptimizeTest, TheFrontierHasEveryCallerAndAll) {
    ASSERT_TRUE(run(options_).has_value());
    EXPECT_EQ(rows("SELECT DISTINCT caller_name FROM '$L/artifacts/runs/r1/frontier.parquet' "
                   "ORDER BY ALL NULLS FIRST"),
              "NULL\nann\nbob\n");
    EXPECT_EQ(rows("SELECT count(*) FROM '$L/artifacts/runs/r1/frontier.parquet' a JOIN "
                   "'$L/artifacts/runs/r1/frontier.parquet' b ON a.caller_name IS NOT DISTINCT "
                   "FROM b.caller_name WHERE a.mean_return_bps > b.mean_return_bps AND "
                   "a.median_mae_bps >= b.median_mae_bps AND a.stop_out_rate <= b.stop_out_rate"),
              "0\n");
}

TEST_F(OptimizeTest, ARandomSearchTriesWhatTheSeedDraws) {
    options_.search = SearchKind::kRandom;
    options_.trials = 7;
    options_.seed = 5;
    ASSERT_TRUE(run(options_).has_value());
    EXPECT_EQ(sink_.one("run.created").name, "random_search");
    const auto drawn = trials();
    EXPECT_EQ(drawn.size(), 7u);
    EXPECT_EQ(searched(options_).ids.size(), 7u);
    for (std::size_t i = 0; i < 7; ++i) {
        EXPECT_TRUE(drawn[i].starts_with(searched(options_).ids[i] + " "));
    }
    forget();
    ASSERT_TRUE(run(options_).has_value());
    EXPECT_EQ(trials(), drawn);
    forget();
    options_.seed = 6;
    ASSERT_TRUE(run(options_).has_value());
    EXPECT_NE(trials(), drawn);
}

TEST_F(OptimizeTest, AResumedSearchRecordsWhatIsMissingAndEndsAsIfNeverInterrupted) {
    const std::string whole = run(options_).value().json;
    const auto all = trials();
    const std::string frontier = frontier_rows();
    const ExistingRun known{.run_type = "grid_search",
                            .config_json = sink_.one("run.created").text,
                            .data_fingerprint = sink_.one("run.created").other,
                            .trials = {policy_id(options_.spaces[0].policies[0]),
                                       policy_id(options_.spaces[0].policies[5])}};
    forget();
    options_.run.resume = true;
    RunContext again = context();
    again.find_run = [&](const std::string&) -> Result<std::optional<ExistingRun>> {
        return known;
    };
    EXPECT_EQ(run_optimize(options_, again).value().json, whole);
    EXPECT_EQ(warnings_.at(0), fmt::format("resumed: 2 of {} trials are in the ledger and are "
                                           "skipped",
                                           all.size()));
    std::vector<std::string> missing = all;
    missing.erase(missing.begin() + 5);
    missing.erase(missing.begin());
    EXPECT_EQ(trials(), missing);
    EXPECT_EQ(frontier_rows(), frontier);
    EXPECT_EQ(json::parse(sink_.one("phase.completed", "execute").text)["trials_recorded_before"],
              2);
}

TEST_F(OptimizeTest, AWishToStopCancelsTheRun) {
    RunContext stopped = context();
    // Once a trial has been recorded.
    stopped.cancelled = [&] { return !sink_.events.empty() && !trials().empty(); };
    options_.run.threads = 1;
    EXPECT_EQ(run_optimize(options_, stopped).error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(sink_.events.back().type, "run.cancelled");
    EXPECT_EQ(trials().size(), 1u);
}

TEST_F(OptimizeTest, WithoutAnEligibleCallEveryTrialIsRecordedWithoutTrades) {
    options_.input.calls = write("none.csv", "id,caller,mint,created_at\nz,cid,NONE,1704067200\n");
    const json summary = json::parse(run(options_).value().json);
    EXPECT_EQ(summary["chosen"], nullptr);
    EXPECT_EQ(summary["violations"]["no_trades"], options_.spaces[0].policies.size());
    EXPECT_EQ(frontier_rows(), "");
}

// The longest hold, 20 minutes, lengthens the windows of ten: a trial must not see it.
TEST_F(OptimizeTest, ATrialIsThePolicysOwnRunWhateverIsTriedBesideIt) {
    options_.input.max_hold = Span::bars(10);
    ASSERT_TRUE(run(options_).has_value());
    std::map<std::string, std::pair<json, std::string>> recorded;
    for (const auto& event : sink_.events) {
        if (event.type == "trial.recorded") {
            recorded[event.name] = {json::parse(event.text), event.other};
        }
    }
    const json summary = json::parse(sink_.one("run.completed").text);
    const std::string trades =
        rows("SELECT * EXCLUDE run_id FROM '$L/artifacts/runs/r1/trades.parquet' ORDER BY call_id");
    forget();
    for (const Policy& policy : options_.spaces[0].policies) {
        PolicyOptions alone;
        alone.input = options_.input;
        alone.run.run_id = "alone";
        alone.policy = policy;
        ASSERT_TRUE(run_policy(alone, context()).has_value());
        const std::string id = policy_id(policy);
        json metrics = json::parse(sink_.one("trial.recorded").text);
        metrics["score"] = recorded.at(id).first["score"];
        EXPECT_EQ(recorded.at(id).first, metrics) << id;
        if (id == summary["chosen"]["policy_id"].get<std::string>()) {
            EXPECT_EQ(rows("SELECT * EXCLUDE run_id FROM "
                           "'$L/artifacts/runs/alone/trades.parquet' ORDER BY call_id"),
                      trades);
        }
        forget();
    }
}

TEST_F(OptimizeTest, WithASplitEveryFigureIsOfTheTrainCalls) {
    options_.validation.split = SplitSpec{.train_share = 0.5};
    const json summary = json::parse(run(options_).value().json);
    const json& validation = summary["validation"];
    const int train = validation["calls_train"];
    EXPECT_EQ(summary["calls_eligible"], 3 * kCallsEach);
    EXPECT_EQ(summary["chosen"]["calls_eligible"], train);
    EXPECT_EQ(summary["chosen"]["calls_executed"], train);
    EXPECT_EQ(rows("SELECT sum(n) FROM (SELECT max(calls_executed) AS n FROM "
                   "'$L/artifacts/runs/r1/frontier.parquet' WHERE caller_name IS NOT NULL "
                   "GROUP BY caller_name)"),
              fmt::format("{}\n", train));
    EXPECT_EQ(rows("SELECT count(*) FROM '$L/artifacts/runs/r1/splits.parquet' WHERE part = "
                   "'train'"),
              fmt::format("{}\n", train));
}

TEST_F(OptimizeTest, ASplitWithNothingToTestOnSaysSo) {
    options_.input.calls = write("ann.csv", calls_of_ann_);
    options_.validation.split = SplitSpec{.kind = SplitKind::kCaller};
    const json summary = json::parse(run(options_).value().json);
    EXPECT_EQ(summary["validation"]["note"], "no call to test on");
    EXPECT_EQ(warnings_.at(0), "split caller: no call to test on");
}

TEST_F(OptimizeTest, ACallersNameMayBeAnything) {
    const std::string name(300, 'x');
    options_.by_caller = true;
    options_.input.calls = write("long.csv", "id,caller,mint,created_at\nz," + name +
                                                 ",A,1704067200\ny,\"a\tb\",A,1704067200\n");
    ASSERT_TRUE(run(options_).has_value());
    const auto of_child = std::find_if(sink_.events.begin(), sink_.events.end(), [](const auto& e) {
        return e.type == "run.created" && e.run_id == "r1.caller-2";
    });
    EXPECT_EQ(json::parse(of_child->text)["caller"], name);
}

TEST_F(OptimizeTest, OrdersThatAreNotPlainAreCountedAndTheSameForEveryThread) {
    options_.orders.reject_rate = 0.3;
    options_.orders.latency_bars = 1;
    std::string first;
    for (unsigned threads = 1; threads <= 3; ++threads) {
        options_.run.threads = threads;
        const std::string text = run(options_).value().json;
        if (first.empty()) first = text;
        EXPECT_EQ(text, first);
        const json summary = json::parse(text);
        EXPECT_GT(summary["orders"]["entries_rejected"], 0);
        EXPECT_EQ(summary["orders"]["entries_rejected"].get<int>() +
                      summary["orders"]["entries_too_late"].get<int>() +
                      summary["chosen"]["calls_executed"].get<int>(),
                  summary["calls_eligible"]);
        forget();
    }
}

TEST_F(OptimizeTest, WithoutAFeasiblePolicyItSaysWhatRulesThemOut) {
    options_.constraints->min_p05_mae_bps = 0;
    options_.orders.reject_rate = 0.3;
    const json summary = json::parse(run(options_).value().json);
    EXPECT_EQ(summary["chosen"], nullptr);
    EXPECT_GT(summary["orders"]["entries_rejected"], 0);
    ASSERT_FALSE(warnings_.empty());
    EXPECT_TRUE(
        warnings_.back().starts_with("no policy is feasible and none is chosen: of 26 trials "))
        << warnings_.back();
    EXPECT_TRUE(warnings_.back().ends_with("26 violate p05_mae")) << warnings_.back();
}

TEST_F(OptimizeTest, MoreOutcomesThanCanBeHeldFailTheRun) {
    Space many{"many", {}};
    for (int i = 1; i <= 30'000; ++i) many.policies.push_back({FixedStop{i / 30'001.0, {}}});
    std::string calls = "id,caller,mint,created_at\n";
    for (int i = 0; i < 4'000; ++i) calls += fmt::format("n{},ann,NONE,1704067200\n", i);
    options_.input.calls = write("many.csv", calls);
    options_.spaces = {many};
    const auto result = run(options_);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message(),
              "run r1: phase execute: search: found 30000 policies and 4000 calls, expected at "
              "most 100000000 trades of them all; search fewer, or some at random with --search "
              "random --trials N");
    EXPECT_EQ(sink_.events.back().type, "run.failed");
}

TEST_F(OptimizeTest, APolicyOfTwoSpacesIsTriedOnceAndItSaysSo) {
    options_.spaces.push_back({"again", {options_.spaces[0].policies[3]}});
    ASSERT_TRUE(run(options_).has_value());
    EXPECT_EQ(trials().size(), options_.spaces[0].policies.size());
    EXPECT_EQ(warnings_.at(0), "spaces: 1 policy stands in two of them and is tried once");
}

}  // namespace
}  // namespace daybook::backtest
