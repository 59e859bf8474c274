#include "index/row_key.h"

#include <gtest/gtest.h>

namespace daybook::index {
namespace {

std::string error_of(std::string_view table, std::string_view key) {
    const auto parsed = parse_row_key(table, key);
    return parsed ? "parsed as " + parsed->to_text() : parsed.error().message();
}
RowKey key_of(std::string_view table, std::string_view key) {
    return parse_row_key(table, key).value_or(RowKey{});
}

TEST(RowKey, ValuesAreNamedInAnyOrderOrGivenInTheKeys) {
    const RowKey expected{Table::kTrials, {"r1", "t7"}};
    EXPECT_EQ(key_of("trial_results", "run_id=r1,trial_id=t7"), expected);
    EXPECT_EQ(key_of("trial_results", "trial_id=t7,run_id=r1"), expected);
    EXPECT_EQ(key_of("trial_results", "r1,t7"), expected);
    EXPECT_EQ(expected.to_text(), "run_id=r1,trial_id=t7");
    EXPECT_EQ(expected.value_of("trial_id"), "t7");
}

TEST(RowKey, NamedValuesMayHoldCommasAndEqualsSigns) {
    EXPECT_EQ(key_of("artifacts_catalog", "run_id=a,b,artifact_path=x=1,y=2.parquet"),
              (RowKey{Table::kArtifacts, {"a,b", "x=1,y=2.parquet"}}));
    // A name inside of a value is none unless a comma stands before it.
    EXPECT_EQ(key_of("run_tags", "key=my_run_id=3,run_id=r"),
              (RowKey{Table::kTags, {"r", "my_run_id=3"}}));
}

TEST(RowKey, ATableWithOneKeyColumnTakesAllOfTheText) {
    EXPECT_EQ(key_of("runs_d", "a,b"), (RowKey{Table::kRuns, {"a,b"}}));
    EXPECT_EQ(key_of("runs_d", "run_id=a,b"), (RowKey{Table::kRuns, {"a,b"}}));
    EXPECT_EQ(key_of("runs_d", "x=1"), (RowKey{Table::kRuns, {"x=1"}}));
}

TEST(RowKey, EveryTableHasAKey) {
    for (const Table table : kTables) {
        std::string text;
        for (const Column& column : key_columns(table)) {
            text += (text.empty() ? "" : ",") + std::string(column.name) + "=7";
        }
        EXPECT_EQ(key_of(spec(table).name, text).to_text(), text);
    }
}

TEST(RowKey, AStepMayBeANumberAnEventsIdOrANegativeNumber) {
    EXPECT_EQ(key_of("metric_points", "r,,loss,0193-a").values.back(), "0193-a");
    EXPECT_EQ(key_of("metric_points", "r,,loss,-3"),
              (RowKey{Table::kPoints, {"r", "", "loss", "-3"}}));
}

TEST(RowKey, MistakesSayWhatIsExpected) {
    EXPECT_EQ(error_of("trial_result", "r,t"),
              "find table: found \"trial_result\", expected a table of the index; did you mean "
              "trial_results?");
    EXPECT_EQ(error_of("x", "r,t"),
              "find table: found \"x\", expected one of runs_d, run_tags, run_notes, "
              "trial_results, metric_points, artifacts_catalog, baselines, custom_events, "
              "runs_status, phase_timings");
    EXPECT_EQ(error_of("trial_results", "run_id=r"),
              "read key: found \"run_id=r\" without trial_id, expected run_id=…,trial_id=…");
    EXPECT_EQ(error_of("trial_results", "run_id=r,trial_id=a,trial_id=b"),
              "read key: found trial_id twice in \"run_id=r,trial_id=a,trial_id=b\"");
    EXPECT_EQ(error_of("trial_results", "r"),
              "read key: found 1 value in \"r\", expected 2: run_id=…,trial_id=… (with names "
              "values may hold commas)");
    EXPECT_EQ(error_of("trial_results", "a,b,c"),
              "read key: found 3 values in \"a,b,c\", expected 2: run_id=…,trial_id=… (with names "
              "values may hold commas)");
    EXPECT_EQ(error_of("trial_results", "state=pruned"),
              "read key: state is no part of the key of trial_results, expected "
              "run_id=…,trial_id=…");
    EXPECT_EQ(error_of("phase_timings", "r,load,first,0"),
              "read key: phase_order: found \"first\", expected a number");
}

}  // namespace
}  // namespace daybook::index
