// What the tests of caches share: an old DuckDB file of the built-in shape.
#pragma once

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "duck/test_support.h"

namespace daybook::legacy {

inline constexpr std::int64_t kTestCreatedMs = 1'769'126'400'000;  // 2026-01-23T00:00:00Z

// Runs SQL against the file, made where it is missing, and closes it.
inline void write_file(const std::string& path, const std::string& sql) {
    const duck::Database database = duck::must(duck::Database::open(path));
    duck::Connection connection = duck::must(database.connect());
    duck::must(connection.execute(sql));
}

inline std::string test_schema() {
    return "CREATE SCHEMA optimizer;"
           "CREATE TABLE optimizer.runs_d (run_id VARCHAR, run_type VARCHAR, created_at_ms BIGINT,"
           " config_json VARCHAR, data_fingerprint VARCHAR);";
}

// Adds `count` runs from number `first` on, an hour apart.
inline std::string test_runs(int first, int count) {
    return fmt::format(
        "INSERT INTO optimizer.runs_d SELECT 'r' || i, 'policy', {} + i * 3600000,"
        " '{{\"fee\":' || i || '}}', 'f' FROM range({}, {}) t(i);",
        kTestCreatedMs, first, first + count);
}

}  // namespace daybook::legacy
