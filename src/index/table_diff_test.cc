#include "index/table_diff.h"

#include <memory>
#include <string>
#include <vector>

#include "support/index_memory.h"

namespace daybook::index {
namespace {

std::vector<std::string> sample() {
    return {
        R"({"event_type":"run.created","event_id":"1","timestamp_ms":1,"run_id":"r","run_type":"x","config":{},"data_fingerprint":"","tags":{"a":"b"}})",
        R"({"event_type":"trial.recorded","event_id":"2","timestamp_ms":2,"run_id":"r","trial_id":"t1","params":{"p":1},"metrics":{},"violations":["a, b"]})",
        R"({"event_type":"trial.recorded","event_id":"3","timestamp_ms":3,"run_id":"r","trial_id":"t2","params":{},"metrics":{}})",
        R"({"event_type":"metric.recorded","event_id":"4","timestamp_ms":4,"run_id":"r","metrics":{"loss":1}})",
        R"({"event_type":"metric.recorded","event_id":"5","timestamp_ms":4,"run_id":"r","metrics":{"loss":1}})",
        R"({"event_type":"phase.started","event_id":"6","timestamp_ms":5,"run_id":"r","phase_name":"p","phase_order":0})"};
}

class TableDiffTest : public ::testing::Test {
protected:
    TableDiffTest() {
        left_.apply(sample());
        right_.apply(sample());
    }

    // The first difference once `sql` has changed the left side.
    std::optional<TableDifference> after(const std::string& sql) {
        testing::expect_ok(left_.connection().execute(sql));
        const TableDigests left = testing::value_of(table_digests(left_.connection()));
        const TableDigests right = testing::value_of(table_digests(right_.connection()));
        return testing::value_of(
            first_difference(left_.connection(), left, right_.connection(), right));
    }
    std::optional<TableDifference> own_after(const std::string& sql) {
        testing::expect_ok(left_.connection().execute(sql));
        return testing::value_of(first_own_difference(left_.connection(), right_.connection()));
    }

    testing::MemoryIndex left_;
    testing::MemoryIndex right_;
};

TEST_F(TableDiffTest, EqualIndexesDoNotDiffer) {
    EXPECT_EQ(after("SELECT 1"), std::nullopt);
    EXPECT_EQ(own_after("SELECT 1"), std::nullopt);
}

TEST_F(TableDiffTest, TheTablesDigestsAddUpToTheIndexs) {
    const TableDigests digests = testing::value_of(table_digests(left_.connection()));
    EXPECT_EQ(sum_of(digests).to_hex(), left_.kept_digest());
}

TEST_F(TableDiffTest, AValueIsNamedByTableKeyAndColumn) {
    EXPECT_EQ(after("UPDATE trial_results SET params = '{\"p\":2}' WHERE trial_id = 't1'"),
              (TableDifference{"trial_results", "run_id=r,trial_id=t1", "params", R"({"p":2})",
                               R"({"p":1})"}));
}

TEST_F(TableDiffTest, NullIsNoText) {
    EXPECT_EQ(after("UPDATE run_tags SET author = ''"),
              (TableDifference{"run_tags", "run_id=r,key=a", "author", "", std::nullopt}));
}

TEST_F(TableDiffTest, AListOfOneTextIsNotAListOfTwo) {
    EXPECT_EQ(after("UPDATE trial_results SET violations = ['a', 'b'] WHERE trial_id = 't1'"),
              (TableDifference{"trial_results", "run_id=r,trial_id=t1", "violations",
                               R"(["a","b"])", R"(["a, b"])"}));
}

TEST_F(TableDiffTest, ARowThatOnlyOneSideHasIsNamedWithoutAColumn) {
    EXPECT_EQ(after("DELETE FROM trial_results WHERE trial_id = 't1'"),
              (TableDifference{"trial_results", "run_id=r,trial_id=t1", ""}));
    EXPECT_EQ(after("INSERT INTO trial_results (run_id, trial_id) VALUES ('r', 't0')"),
              (TableDifference{"trial_results", "run_id=r,trial_id=t0", ""}));
}

TEST_F(TableDiffTest, ARowThatIsThereTwiceIsADifference) {
    EXPECT_EQ(after("INSERT INTO trial_results FROM trial_results WHERE trial_id = 't2'"),
              (TableDifference{"trial_results", "run_id=r,trial_id=t2", ""}));
}

TEST_F(TableDiffTest, PointsWithoutAStepAreToldApartByTheirEvents) {
    EXPECT_EQ(after("UPDATE metric_points SET value = 2 WHERE _event_id = '5'"),
              (TableDifference{"metric_points", "run_id=r,trial_id=,name=loss,step=5", "value",
                               "2.0", "1.0"}));
}

TEST_F(TableDiffTest, EveryColumnOfTheDigestIsCompared) {
    for (const Table table : kTables) {
        for (testing::MemoryIndex* index : {&left_, &right_}) {
            testing::expect_ok(
                index->connection().execute(fmt::format("DELETE FROM {}", spec(table).name)));
        }
    }
    for (const Table table : kTables) {
        const TableSpec& table_spec = spec(table);
        for (const Column& column : table_spec.columns) {
            if (column.role == Role::kDerived) continue;
            SCOPED_TRACE(fmt::format("{}.{}", table_spec.name, column.name));
            const auto put = [&](testing::MemoryIndex& index, std::string_view value) {
                testing::expect_ok(index.connection().execute(fmt::format(
                    "DELETE FROM {0}; INSERT INTO {0} BY NAME SELECT {1}::{2} AS \"{3}\"",
                    table_spec.name, value, sql_type(column.type), column.name)));
            };
            put(right_, "NULL");
            put(left_, column.type == Type::kTexts  ? "['x']"
                       : column.type == Type::kBool ? "true"
                                                    : "'7'");
            const auto found = after("SELECT 1");
            ASSERT_TRUE(found);
            EXPECT_EQ(found->table, table_spec.name);
            // A row with another key is another row.
            const bool is_key =
                column.role == Role::kKey ||
                (table == Table::kPoints && column.role == Role::kEventId);  // there is no step
            EXPECT_EQ(found->column, is_key ? "" : column.name);
            testing::expect_ok(
                left_.connection().execute(fmt::format("DELETE FROM {}", table_spec.name)));
            testing::expect_ok(
                right_.connection().execute(fmt::format("DELETE FROM {}", table_spec.name)));
        }
    }
}

TEST_F(TableDiffTest, WhatTheBuilderKeepsForItselfIsComparedToo) {
    EXPECT_EQ(own_after("UPDATE index_phases SET started_at_ms = 9"),
              (TableDifference{"index_phases", "run_id=r,phase_name=p,iteration=0,phase_order=0",
                               "started_at_ms", "9", "5"}));
    EXPECT_EQ(own_after("DELETE FROM index_events"
                        " WHERE id = (SELECT min(id::VARCHAR)::UUID FROM index_events)")
                  ->table,
              "index_events");
    EXPECT_EQ(
        own_after("UPDATE index_parts SET lines = 17"),
        (TableDifference{"index_parts", "part=day=2026-01-01/part-000001", "lines", "17", "0"}));
    const auto hash = own_after("UPDATE trial_results SET _hash = 7 WHERE trial_id = 't2'");
    ASSERT_TRUE(hash);
    EXPECT_EQ(std::tie(hash->table, hash->key, hash->column, hash->left),
              std::make_tuple("trial_results", "run_id=r,trial_id=t2", "_hash", "7"));
}

TEST_F(TableDiffTest, WhoeverWatchesCanStopIt) {
    testing::expect_ok(left_.connection().execute(
        "INSERT INTO run_tags (run_id, key) SELECT 'r', range::VARCHAR FROM range(20000)"));
    std::uint64_t seen = 0;
    const auto digests = table_digests(left_.connection(), [&](std::uint64_t rows) {
        seen = rows;
        return false;
    });
    ASSERT_FALSE(digests);
    EXPECT_EQ(digests.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(seen, 16'384U);
}

}  // namespace
}  // namespace daybook::index
