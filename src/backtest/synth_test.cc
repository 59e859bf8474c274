#include "backtest/synth.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "backtest/optimize.h"
#include "backtest/test_run.h"
#include "backtest/test_schema.h"

namespace daybook::backtest {
namespace {

using nlohmann::json;
using testing::Schema;

class SynthTest : public testing::RunTest {
protected:
    SynthOptions options(const std::string& name = "s") const {
        SynthOptions options;
        options.symbols = 3;
        options.bars = 3000;
        options.calls = 40;
        options.directory = path(name);
        return options;
    }
    std::string bytes(const std::string& file) const {
        return os::read_file(path(file), std::size_t{1} << 26).value();
    }
    // Rows of `sql`, in which $S is the directory.
    std::string ask(std::string sql) {
        for (std::size_t at = 0; (at = sql.find("$S")) != std::string::npos;) {
            sql.replace(at, 2, path("s"));
        }
        return rows(sql);
    }
    std::string refusal(const SynthOptions& options) {
        const auto made = make_synthetic(options);
        return made ? "" : made.error().message();
    }
};

TEST_F(SynthTest, WritesEverySymbolsBarsInOrder) {
    ASSERT_TRUE(make_synthetic(options()).has_value());
    EXPECT_EQ(ask("SELECT mint, count(*), min(epoch_ms(timestamp)), max(epoch_ms(timestamp)), "
                  "min(low) > 0, count(*) FILTER (low > least(open, close) OR high < "
                  "greatest(open, close) OR volume <= 0) FROM '$S/candles.parquet' GROUP BY mint "
                  "ORDER BY mint"),
              "SYN00001|3000|1704067200000|1704247140000|true|0\n"
              "SYN00002|3000|1704067200000|1704247140000|true|0\n"
              "SYN00003|3000|1704067200000|1704247140000|true|0\n");
    EXPECT_EQ(ask("SELECT count(*) FROM (SELECT mint, timestamp, lag(mint) OVER () AS m, "
                  "lag(timestamp) OVER () AS t FROM '$S/candles.parquet') WHERE mint < m OR "
                  "(mint = m AND timestamp <> t + INTERVAL 1 MINUTE)"),
              "0\n");
}

TEST_F(SynthTest, CallsAreInTheTimeOfTheBarsAndTheSameInBothFiles) {
    ASSERT_TRUE(make_synthetic(options()).has_value());
    EXPECT_EQ(ask("SELECT count(*), count(DISTINCT id), count(DISTINCT mint), "
                  "count(DISTINCT caller), min(created_at) >= '2024-01-01', max(created_at) < "
                  "'2024-01-02T21:00' FROM '$S/calls.parquet'"),
              "40|40|3|5|true|true\n");
    EXPECT_EQ(ask("SELECT count(*) FROM (SELECT * FROM '$S/calls.parquet' EXCEPT SELECT * FROM "
                  "read_csv('$S/calls.csv', all_varchar = true))"),
              "0\n");
}

TEST_F(SynthTest, TheSameSeedGivesTheSameBytesWhateverTheThreads) {
    SynthOptions one = options("one");
    one.threads = 1;
    SynthOptions four = options("four");
    four.threads = 4;
    SynthOptions other = options("other");
    other.seed = 2;
    for (const SynthOptions& some : {one, four, other}) {
        ASSERT_TRUE(make_synthetic(some).has_value());
    }
    for (const char* file : {"candles.parquet", "calls.csv", "calls.parquet", "synth.json"}) {
        const std::string name = std::string("/") + file;
        EXPECT_TRUE(bytes("one" + name) == bytes("four" + name)) << file;
        EXPECT_FALSE(bytes("one" + name) == bytes("other" + name)) << file;
    }
}

TEST_F(SynthTest, ItsDocumentIsBesideTheFilesAndInsideThem) {
    const std::string document = make_synthetic(options()).value();
    EXPECT_EQ(Schema("backtest_synth.json").check(json::parse(document)), "");
    EXPECT_EQ(bytes("s/synth.json"), document + "\n");
    for (const char* file : {"candles", "calls"}) {
        EXPECT_EQ(ask(std::string("SELECT decode(value) FROM parquet_kv_metadata('$S/") + file +
                      ".parquet') WHERE decode(key) = 'daybook_synthetic'"),
                  document + "\n");
    }
}

TEST_F(SynthTest, ARunOnItKnowsWhatItIs) {
    ASSERT_TRUE(make_synthetic(options()).has_value());
    PolicyOptions policy;
    policy.input.calls = path("s/calls.csv");
    policy.input.candles = path("s/candles.parquet");
    policy.run.run_id = "r1";
    policy.policy = parse_policy(R"({"kind":"fixed_stop","stopPct":0.1})").value();
    const RunSummary summary = run_policy(policy, context()).value();
    EXPECT_EQ(summary.calls_eligible, 40u);
    const json config = json::parse(sink_.one("run.created").text);
    EXPECT_EQ(config["synthetic"], true);
    EXPECT_EQ(Schema("backtest_config.json").check(config), "");
    EXPECT_EQ(json::parse(bytes("ledger/artifacts/runs/r1/config.json")), config);
    EXPECT_EQ(json::parse(summary.json)["synthetic"], true);
    EXPECT_EQ(Schema("backtest_summary.json").check(json::parse(summary.json)), "");
}

TEST_F(SynthTest, SoDoTheRunsBelowIt) {
    ASSERT_TRUE(make_synthetic(options()).has_value());
    OptimizeOptions search;
    search.input.calls = path("s/calls.csv");
    search.input.candles = path("s/candles.parquet");
    search.run.run_id = "r1";
    search.spaces = {{"x", {parse_policy(R"({"kind":"fixed_stop","stopPct":0.1})").value()}}};
    search.validation.folds = FoldSpec{.folds = 2};
    ASSERT_TRUE(run_optimize(search, context()).has_value());
    for (const char* fold : {"fold-1", "fold-2"}) {
        const std::string at = std::string("ledger/artifacts/runs/r1.") + fold;
        const json config = json::parse(bytes(at + "/config.json"));
        EXPECT_EQ(config["synthetic"], true);
        EXPECT_EQ(Schema("backtest_validation.json", "fold_config").check(config), "");
        EXPECT_EQ(json::parse(bytes(at + "/summary.json"))["synthetic"], true);
    }
}

TEST_F(SynthTest, NothingIsWrittenOver) {
    ASSERT_TRUE(make_synthetic(options()).has_value());
    EXPECT_EQ(refusal(options()), "out " + path("s") +
                                      ": it holds candles.parquet already; choose another "
                                      "directory, or remove it");
}

TEST_F(SynthTest, WhatMakesNoSenseIsRefusedAndLeavesNothing) {
    const auto with = [&](auto change) {
        SynthOptions changed = options();
        change(changed);
        return refusal(changed);
    };
    EXPECT_EQ(with([](auto& o) { o.symbols = 0; }), "symbols: found '0', expected 1 to 100000");
    EXPECT_EQ(with([](auto& o) { o.bars = 1; }), "bars: found '1', expected 2 to 3333333333");
    EXPECT_EQ(with([](auto& o) { o.bars = 60'000'000; }),
              "bars: found '60000000', expected 2 to 52560000");
    EXPECT_EQ(with([](auto& o) { o.calls = -1; }), "calls: found '-1', expected 0 to 10000000");
    EXPECT_EQ(with([](auto& o) { o.callers = 0; }), "callers: found '0', expected 1 to 10000000");
    EXPECT_EQ(with([](auto& o) { o.seed = -1; }),
              "seed: found '-1', expected 0 to 9007199254740991");
    EXPECT_EQ(with([](auto& o) { o.start = kDayMax; }),
              "start: found '9999-12-31', expected a day from 0000-01-01 to 9900-01-24");
    EXPECT_EQ(with([](auto& o) { o.directory = ""; }), "out: found '', expected a directory");
    EXPECT_FALSE(os::exists(path("s")).value());
}

TEST_F(SynthTest, StoppedItLeavesNoFile) {
    SynthOptions stopped = options();
    std::uint64_t made = 0;
    stopped.progress = [&](std::uint64_t bars) { made = bars; };
    stopped.cancelled = [&] { return made > 2000; };
    const auto result = make_synthetic(stopped);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code(), ErrorCode::kCancelled) << result.error().message();
    EXPECT_TRUE(os::list_dir(path("s")).value().empty());
}

// Something takes the second file's name while the first is made.
TEST_F(SynthTest, WhatCannotBePublishedWholeLeavesNoFile) {
    SynthOptions blocked = options();
    blocked.progress = [&](std::uint64_t) {
        ASSERT_TRUE(os::make_dirs(path("s/calls.csv/taken")).has_value());
    };
    EXPECT_NE(refusal(blocked).find("calls.csv"), std::string::npos);
    const auto left = os::list_dir(path("s")).value();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].name, "calls.csv");
}

}  // namespace
}  // namespace daybook::backtest
