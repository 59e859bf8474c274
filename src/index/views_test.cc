#include "index/views.h"

#include "support/index_memory.h"

namespace daybook::index {
namespace {

// What the views answer is in tests/sql/*.test.
TEST(ViewsTest, NoViewShowsAHiddenColumn) {
    testing::MemoryIndex index;
    EXPECT_EQ(index.rows("SELECT table_name || '.' || column_name FROM information_schema.columns "
                         "WHERE starts_with(column_name, '_') AND table_name IN "
                         "(SELECT view_name FROM duckdb_views() WHERE NOT internal)"),
              std::vector<std::string>());
}

TEST(ViewsTest, EveryDocumentedViewAndMacroIsThere) {
    testing::MemoryIndex index;
    EXPECT_EQ(index.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"),
              (std::vector<std::string>{"_latest_runs", "latest_runs", "run_phase_summary",
                                        "run_sources", "run_tree", "trial_values"}));
    EXPECT_EQ(index.rows("SELECT function_name FROM duckdb_functions() WHERE NOT internal AND "
                         "function_type = 'table_macro' ORDER BY 1"),
              (std::vector<std::string>{"best_trials", "compare_runs"}));
}

TEST(ViewsTest, NoMacroIsStoredThatDuckDb140CannotRead) {
    testing::MemoryIndex index;
    // A later 1.4 stores WITH such that 1.4.0 says "Table with name … does not exist".
    EXPECT_EQ(index.rows("SELECT function_name FROM duckdb_functions() WHERE NOT internal AND "
                         "macro_definition ILIKE '%WITH %'"),
              std::vector<std::string>());
}

TEST(ViewsTest, NoViewShowsAColumnOfTheIndexsOwn) {
    testing::MemoryIndex index;
    EXPECT_EQ(index.rows("SELECT table_name, column_name FROM duckdb_columns() JOIN duckdb_views() "
                         "ON view_name = table_name WHERE NOT duckdb_views.internal AND "
                         "column_name LIKE '\\_%' ESCAPE '\\'"),
              std::vector<std::string>());
}

TEST(ViewsTest, AHundredLevelsOfParentsAreWalked) {
    testing::MemoryIndex index;
    std::vector<std::string> lines;
    for (int i = 0; i < 100; ++i) {
        lines.push_back(fmt::format(
            R"({{"event_type":"run.created","event_id":"{0}","timestamp_ms":{0},"run_id":"r{0}",)"
            R"("run_type":"x","config":{{}},"data_fingerprint":"","parent_run_id":"r{1}"}})",
            i, i - 1));
    }
    index.apply(lines);
    EXPECT_EQ(index.rows("SELECT max(depth), count(*), min(root) FROM run_tree"),
              std::vector<std::string>{"99 | 100 | r0"});
}

}  // namespace
}  // namespace daybook::index
