#include "index/tables.h"

#include <algorithm>

#include <fmt/format.h>

namespace daybook::index {
namespace {

// JSON text and ids: too varied for a dictionary, and zstd writes them faster than FSST does.
constexpr std::string_view kZstd = "zstd";

using enum Type;
using enum Role;

constexpr Column kRunsColumns[] = {
    {"run_id", kText, kKey},
    {"run_type", kText},
    {"created_at_ms", kInt, kTime},
    {"config", kJson},
    {"data_fingerprint", kText},
    {"name", kText},
    {"experiment", kText},
    {"parent_run_id", kText},
    {"environment", kJson},
    {"seed", kInt},
    {"extra", kJson},
    {"_event_id", kText, kEventId},
};

constexpr Column kTagsColumns[] = {
    {"run_id", kText, kKey},        {"key", kText, kKey}, {"value", kText},
    {"set_at_ms", kInt, kTime},     {"author", kText},    {"extra", kJson},
    {"_event_id", kText, kEventId},
};

constexpr Column kNotesColumns[] = {
    {"event_id", kText, kKey},
    {"run_id", kText},
    {"note", kText},
    {"author", kText},
    {"noted_at_ms", kInt, kTime},
    {"extra", kJson},
    {"_event_id", kText, kEventId},
};

constexpr Column kTrialsColumns[] = {
    {"run_id", kText, kKey},
    {"trial_id", kText, kKey},
    {"recorded_at_ms", kInt, kTime},
    {"params", kJson, kValue, kZstd},
    {"metrics", kJson, kValue, kZstd},
    {"state", kText},
    {"feasible", kBool},
    {"violations", kTexts},
    {"duration_ms", kInt},
    {"error_json", kJson},
    {"param_values", kNumbers, kDerived},
    {"metric_values", kNumbers, kDerived},
    {"extra", kJson},
    {"_event_id", kText, kEventId, kZstd},
};

constexpr Column kPointsColumns[] = {
    {"run_id", kText, kKey}, {"trial_id", kText, kKey},
    {"name", kText, kKey},   {"step", kInt, kKey},
    {"value", kDouble},      {"timestamp_ms", kInt, kTime},
    {"extra", kJson},        {"_event_id", kText, kEventId, kZstd},
};

constexpr Column kArtifactsColumns[] = {
    {"run_id", kText, kKey},
    {"artifact_type", kText},
    {"artifact_path", kText, kKey},
    {"size_bytes", kInt},
    {"created_at_ms", kInt, kTime},
    {"sha256", kText},
    {"rows", kInt},
    {"format", kText},
    {"trial_id", kText},
    {"extra", kJson},
    {"_event_id", kText, kEventId},
};

constexpr Column kBaselinesColumns[] = {
    {"run_id", kText, kKey},        {"alerts_total", kInt},           {"alerts_ok", kInt},
    {"artifact_path", kText},       {"completed_at_ms", kInt, kTime}, {"extra", kJson},
    {"_event_id", kText, kEventId},
};

constexpr Column kCustomColumns[] = {
    {"event_id", kText, kKey},     {"run_id", kText},  {"event_type", kText},
    {"timestamp_ms", kInt, kTime}, {"payload", kJson}, {"_event_id", kText, kEventId},
};

constexpr Column kStatusColumns[] = {
    {"run_id", kText, kKey},
    {"started_at_ms", kInt},
    {"completed_at_ms", kInt},
    {"summary_json", kJson},
    {"status", kText},
    {"ended_at_ms", kInt},
    {"attempt", kInt},
    {"error_json", kJson},
    {"artifact_paths", kJson},
    {"owner", kJson},
    {"last_event_ms", kInt},
    {"deleted", kBool},
    {"trials", kInt},
    {"artifacts", kInt},
    {"extra", kJson},
    {"_active", kBool},
    {"_started_id", kText},
    {"_attempt_started_ms", kInt},
    {"_attempt_started_id", kText},
    {"_end_type", kText},
    {"_end_id", kText},
    {"_failed_phase", kText},
    {"_environment", kJson},
    {"_environment_ms", kInt},
    {"_environment_id", kText},
    {"_deleted_ms", kInt},
    {"_deleted_id", kText},
};

constexpr Column kPhasesColumns[] = {
    {"run_id", kText, kKey},
    {"phase_name", kText, kKey},
    {"phase_order", kInt, kKey},
    {"started_at_ms", kInt},
    {"completed_at_ms", kInt},
    {"duration_ms", kInt},
    {"output_summary_json", kJson},
    {"iteration", kInt, kKey},
    {"status", kText},
    {"extra", kJson},
};

constexpr TableSpec kSpecs[] = {
    {Table::kRuns, "runs_d", Winner::kLeast, kRunsColumns},
    {Table::kTags, "run_tags", Winner::kGreatest, kTagsColumns},
    {Table::kNotes, "run_notes", Winner::kGreatest, kNotesColumns},
    {Table::kTrials, "trial_results", Winner::kGreatest, kTrialsColumns},
    {Table::kPoints, "metric_points", Winner::kGreatest, kPointsColumns},
    {Table::kArtifacts, "artifacts_catalog", Winner::kGreatest, kArtifactsColumns},
    {Table::kBaselines, "baselines", Winner::kGreatest, kBaselinesColumns},
    {Table::kCustom, "custom_events", Winner::kGreatest, kCustomColumns},
    {Table::kStatus, "runs_status", Winner::kMerged, kStatusColumns},
    {Table::kPhases, "phase_timings", Winner::kMerged, kPhasesColumns},
};

// What the builder keeps for itself.  None of it is part of the digest.
constexpr std::string_view kOwnTables = R"(
CREATE TABLE index_parts (part VARCHAR, bytes BIGINT, lines BIGINT, first_offset BIGINT,
    first_checksum UBIGINT, last_offset BIGINT, last_checksum UBIGINT, damaged BIGINT,
    "foreign" BIGINT, rewrites BIGINT);
CREATE TABLE index_damage (part VARCHAR, "offset" BIGINT, length BIGINT, reason VARCHAR);
CREATE TABLE index_meta (format INTEGER, generation BIGINT, built_at TIMESTAMP,
    builder_version VARCHAR, digest VARCHAR, cutover_date DATE, upcasters VARCHAR,
    sources BIGINT);
CREATE TABLE index_events (id UUID USING COMPRESSION uncompressed,
    content UBIGINT USING COMPRESSION uncompressed, run UBIGINT);
CREATE TABLE index_retained (event_id VARCHAR, day VARCHAR);
CREATE TABLE index_conflicts (id UUID);
CREATE TABLE index_phases (run_id VARCHAR, phase_name VARCHAR, iteration BIGINT,
    phase_order BIGINT, started_at_ms BIGINT, started_id VARCHAR, started_extra JSON,
    ended_at_ms BIGINT, ended_id VARCHAR, ended_type VARCHAR, duration_ms BIGINT,
    output_summary_json JSON, ended_extra JSON);
)";

}  // namespace

std::size_t TableSpec::position_of(Role role) const {
    std::size_t position = 0;
    while (position < columns.size() && columns[position].role != role) ++position;
    return position;
}

const TableSpec& spec(Table table) { return kSpecs[static_cast<std::size_t>(table)]; }

std::string_view sql_type(Type type) {
    switch (type) {
        case kText: return "VARCHAR";
        case kJson: return "JSON";
        case kInt: return "BIGINT";
        case kDouble: return "DOUBLE";
        case kBool: return "BOOLEAN";
        case kTexts: return "VARCHAR[]";
        case kNumbers: return "MAP(VARCHAR, DOUBLE)";
    }
    return "";
}

bool is_fact_table(std::string_view name) {
    return std::any_of(kTables.begin(), kTables.end(),
                       [name](Table table) { return spec(table).name == name; });
}

std::span<const std::string_view> table_names() {
    static constexpr auto kNames = [] {
        std::array<std::string_view, kTableCount + 6> names{"index_parts",    "index_damage",
                                                            "index_events",   "index_phases",
                                                            "index_retained", "index_conflicts"};
        for (std::size_t i = 0; i < kTableCount; ++i) names[i + 6] = kSpecs[i].name;
        return names;
    }();
    return kNames;
}

std::string create_tables_sql() { return create_fact_tables_sql("", "").append(kOwnTables); }

std::string create_fact_tables_sql(std::string_view schema, std::string_view last_column) {
    const std::string prefix = schema.empty() ? "" : fmt::format("{}.", schema);
    const std::string last = last_column.empty() ? "" : fmt::format(", {}", last_column);
    std::string sql;
    for (const TableSpec& table : kSpecs) {
        sql += fmt::format("CREATE TABLE {}{} (", prefix, table.name);
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const Column& column = table.columns[i];
            sql +=
                fmt::format("{}\"{}\" {}", i == 0 ? "" : ", ", column.name, sql_type(column.type));
            if (!column.compression.empty()) {
                sql += fmt::format(" USING COMPRESSION {}", column.compression);
            }
        }
        // Uncompressed: random bytes, and the only column read of a row that is to go.
        sql += fmt::format(", _hash UHUGEINT USING COMPRESSION uncompressed{});\n", last);
    }
    return sql;
}

}  // namespace daybook::index
