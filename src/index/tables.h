// The tables of the index: columns, keys, and which event wins.  docs/formats/tables.md says the
// same in words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace daybook::index {

// Grows when a table, a column or the meaning of one changes: an index of another format is
// rebuilt.
inline constexpr int kIndexFormat = 4;

enum class Table : std::uint8_t {
    kRuns,       // runs_d
    kTags,       // run_tags
    kNotes,      // run_notes
    kTrials,     // trial_results
    kPoints,     // metric_points
    kArtifacts,  // artifacts_catalog
    kBaselines,  // baselines
    kCustom,     // custom_events
    kStatus,     // runs_status
    kPhases,     // phase_timings
};
inline constexpr std::size_t kTableCount = 10;
inline constexpr std::array<Table, kTableCount> kTables = {
    Table::kRuns,      Table::kTags,      Table::kNotes,  Table::kTrials, Table::kPoints,
    Table::kArtifacts, Table::kBaselines, Table::kCustom, Table::kStatus, Table::kPhases};

enum class Type : std::uint8_t { kText, kJson, kInt, kDouble, kBool, kTexts, kNumbers };

// What a column is for, beside holding a value.
enum class Role : std::uint8_t {
    kValue,
    kKey,      // part of the row's key
    kTime,     // timestamp_ms of the event that won the row
    kEventId,  // its event_id
    kDerived,  // made from other columns, and so not part of the digest
};

struct Column {
    std::string_view name;
    Type type;
    Role role = Role::kValue;
    // A compression that pays for this column; empty: DuckDB chooses.
    std::string_view compression{};
};

enum class Winner : std::uint8_t {
    kLeast,     // the row of the least (timestamp_ms, event_id) stays
    kGreatest,  // the row of the greatest
    kMerged,    // rows are merged column by column: run_state.h, phase_state.h
};

struct TableSpec {
    Table table;
    std::string_view name;
    Winner winner;
    // All but the last, which every table has: `_hash` UHUGEINT, the row's hash (row_hash.h).
    std::span<const Column> columns;

    // The position of the column of that role; columns.size() if there is none.
    std::size_t position_of(Role role) const;
};

const TableSpec& spec(Table table);

// "BIGINT", "MAP(VARCHAR, DOUBLE)".
std::string_view sql_type(Type type);

// Whether the table holds what events say, and not what the builder keeps for itself.
bool is_fact_table(std::string_view name);

// Every table but index_meta.
std::span<const std::string_view> table_names();

// CREATE TABLE for every table, `index_*` included; nothing may be there yet.
std::string create_tables_sql();

// CREATE TABLE for the fact tables alone, in `schema`, with `last_column` ("_source VARCHAR") at
// their end.
std::string create_fact_tables_sql(std::string_view schema, std::string_view last_column);

}  // namespace daybook::index
