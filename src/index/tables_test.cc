#include "index/tables.h"

#include "support/index_memory.h"

namespace daybook::index {
namespace {

TEST(TablesTest, EveryTableIsAtItsPlace) {
    for (const Table table : kTables) EXPECT_EQ(spec(table).table, table);
}

TEST(TablesTest, WonTablesKnowTheStampThatWon) {
    for (const Table table : kTables) {
        const TableSpec& table_spec = spec(table);
        SCOPED_TRACE(table_spec.name);
        const bool is_won = table_spec.winner != Winner::kMerged;
        EXPECT_EQ(table_spec.position_of(Role::kTime) < table_spec.columns.size(), is_won);
        EXPECT_EQ(table_spec.position_of(Role::kEventId) < table_spec.columns.size(), is_won);
    }
}

TEST(TablesTest, ColumnsHaveTheDocumentedTypes) {
    testing::MemoryIndex index;
    EXPECT_EQ(index.rows("SELECT column_name || ' ' || data_type FROM information_schema.columns "
                         "WHERE table_name = 'trial_results' ORDER BY ordinal_position"),
              (std::vector<std::string>{
                  "run_id VARCHAR", "trial_id VARCHAR", "recorded_at_ms BIGINT", "params JSON",
                  "metrics JSON", "state VARCHAR", "feasible BOOLEAN", "violations VARCHAR[]",
                  "duration_ms BIGINT", "error_json JSON", "param_values MAP(VARCHAR, DOUBLE)",
                  "metric_values MAP(VARCHAR, DOUBLE)", "extra JSON", "_event_id VARCHAR",
                  "_hash UHUGEINT"}));
}

TEST(TablesTest, TheSeedSystemsColumnsComeFirst) {
    testing::MemoryIndex index;
    const auto columns = [&](const std::string& table, std::size_t count) {
        return index.rows(
            fmt::format("SELECT column_name FROM information_schema.columns WHERE "
                        "table_name = '{}' ORDER BY ordinal_position LIMIT {}",
                        table, count));
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(columns("runs_d", 5),
              (Names{"run_id", "run_type", "created_at_ms", "config", "data_fingerprint"}));
    EXPECT_EQ(columns("runs_status", 4),
              (Names{"run_id", "started_at_ms", "completed_at_ms", "summary_json"}));
    EXPECT_EQ(columns("phase_timings", 7),
              (Names{"run_id", "phase_name", "phase_order", "started_at_ms", "completed_at_ms",
                     "duration_ms", "output_summary_json"}));
    EXPECT_EQ(columns("trial_results", 5),
              (Names{"run_id", "trial_id", "recorded_at_ms", "params", "metrics"}));
    EXPECT_EQ(columns("artifacts_catalog", 5),
              (Names{"run_id", "artifact_type", "artifact_path", "size_bytes", "created_at_ms"}));
}

}  // namespace
}  // namespace daybook::index
