#include "query/protected_runs.h"

#include <fmt/format.h>

#include "duck/sql.h"
#include "query/filter.h"
#include "query/runs.h"

namespace daybook::query {
namespace {

// The columns of latest_runs, for all runs.
constexpr std::string_view kAllRuns =
    "SELECT s.run_id, d.run_type, d.name, d.experiment, d.parent_run_id, s.status, "
    "d.created_at_ms, s.started_at_ms, s.completed_at_ms, s.ended_at_ms, "
    "s.ended_at_ms - s._attempt_started_ms AS duration_ms, s.attempt, s.trials, s.artifacts, "
    "coalesce(t.tags, MAP {}::MAP(VARCHAR, VARCHAR)) AS tags, d.config, d.data_fingerprint, "
    "d.seed, s.summary_json, s.error_json, s.artifact_paths, s.owner, "
    // As _latest_runs has it.
    "CASE WHEN NOT coalesce(json_valid(s._environment), false) THEN d.environment "
    "WHEN NOT coalesce(json_valid(d.environment), false) THEN s._environment "
    "ELSE json_merge_patch(d.environment, s._environment) END AS environment, s.last_event_ms, "
    "'event_log' AS source FROM runs_status s LEFT JOIN runs_d d USING (run_id) "
    "LEFT JOIN (SELECT run_id, map(list(key ORDER BY key), list(value ORDER BY key)) AS tags "
    "FROM run_tags WHERE value IS NOT NULL GROUP BY run_id) t USING (run_id)";

Result<std::vector<std::string>> ids_of(Session& session, const std::string& sql) {
    ASSIGN_OR_RETURN(duck::Rows rows, session.query(sql));
    std::vector<std::string> ids;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return ids;
        ids.push_back(rows.text(0));
    }
}

}  // namespace

Result<std::vector<std::string>> runs_that_pass(Session& session, std::string_view filter,
                                                TimestampMs now) {
    ASSIGN_OR_RETURN(const std::string condition,
                     filter_sql(filter, {.scope = FilterScope::kRuns, .now = now}));
    // The name of the view that they stand for: a filter's SQL asks other tables by it.
    return ids_of(session, fmt::format("SELECT run_id FROM ({}) AS latest_runs WHERE {} "
                                       "ORDER BY run_id",
                                       kAllRuns, condition));
}

Result<std::vector<std::string>> runs_with_tag(Session& session, std::string_view tag) {
    const TagFilter wanted = parse_tag_filter(tag);
    std::string condition = "value IS NOT NULL AND key = " + duck::quote_literal(wanted.key);
    if (wanted.value) condition += " AND value = " + duck::quote_literal(*wanted.value);
    return ids_of(session,
                  fmt::format("SELECT run_id FROM run_tags WHERE {} ORDER BY run_id", condition));
}

}  // namespace daybook::query
