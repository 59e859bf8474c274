// run_trials(): a column for each parameter and each metric.

#include <algorithm>
#include <set>
#include <span>

#include "duck/sql.h"
#include "query/filter.h"
#include "query/filter_fields.h"
#include "query/runs.h"

namespace daybook::query {
namespace {

struct TrialNames {
    std::set<std::string> numbers;  // names in the map
    std::set<std::string> texts;  // top-level names with values that are neither numbers nor nested
    std::set<std::string> keys;   // top-level names
};

// The names that the trials of the run have in the column `json` and in the map made from it.
Result<TrialNames> trial_names(Session& session, const std::string& run_id, const char* json,
                               const char* map) {
    TrialNames names;
    ASSIGN_OR_RETURN(duck::Rows numbers,
                     session.query(fmt::format("SELECT DISTINCT unnest(map_keys({})) FROM "
                                               "trial_results WHERE run_id = $1",
                                               map),
                                   {run_id}));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, numbers.next());
        if (!more) break;
        names.numbers.insert(numbers.text(0));
    }
    // Another tool's text may be no JSON for DuckDB.  The run's rows are picked before they are
    // joined: beside the join, the condition would be put to the documents of all runs.
    ASSIGN_OR_RETURN(
        duck::Rows keys,
        session.query(fmt::format("SELECT DISTINCT j.key, j.type IN ('VARCHAR', 'BOOLEAN') FROM "
                                  "(SELECT {0} FROM trial_results WHERE run_id = $1) t, "
                                  "json_each(CASE WHEN json_valid({0}) THEN {0} END) j",
                                  json),
                      {run_id}));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, keys.next());
        if (!more) break;
        names.keys.insert(keys.text(0));
        if (keys.get_bool(1)) names.texts.insert(keys.text(0));
    }
    return names;
}

// A value that is a number in some trials and text in others is shown as text.
std::string value_of(const TrialNames& names, const std::string& name, const char* json,
                     const char* map) {
    std::string number = fmt::format("{}[{}]", map, duck::quote_literal(name));
    const std::string text = json_text(json, std::span(&name, 1));
    if (!names.texts.contains(name)) return number;
    return names.numbers.contains(name) ? fmt::format("coalesce({}::VARCHAR, {})", number, text)
                                        : text;
}

void append_columns(const TrialNames& names, const TrialNames& others, const char* prefix,
                    const char* json, const char* map, std::string& sql) {
    std::set<std::string> all = names.numbers;
    all.insert(names.texts.begin(), names.texts.end());
    for (const std::string& name : all) {
        // Names of other columns; and none at all, which no column can have.
        const bool is_shared = others.numbers.contains(name) || others.texts.contains(name) ||
                               name == "trial_id" || name == "state" || name == "feasible" ||
                               name == "violations" || name.empty();
        const std::string shown = is_shared ? prefix + name : name;
        sql += fmt::format(", {} AS {}", value_of(names, name, json, map),
                           duck::quote_identifier(shown));
    }
}

KnownNames known_names(const TrialNames& params, const TrialNames& metrics) {
    KnownNames known{.complete = true};
    known.params.assign(params.numbers.begin(), params.numbers.end());
    known.params.insert(known.params.end(), params.keys.begin(), params.keys.end());
    known.metrics.assign(metrics.numbers.begin(), metrics.numbers.end());
    return known;
}

// A run that no constraint was set for has no such column.
Result<bool> has_violations(Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     session.query("SELECT count(*) FROM trial_results WHERE run_id = $1 AND "
                                   "len(violations) > 0",
                                   {run_id}));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    return found && rows.get_int64(0) > 0;
}

// Trials that count: best_trials() has no others.
constexpr std::string_view kFeasible =
    "trial_results.state = 'complete' AND trial_results.feasible IS NOT FALSE";

std::string order_clause(const TrialOrder& order) {
    if (order.metric.empty())
        return " ORDER BY trial_results.recorded_at_ms, trial_results.trial_id";
    // The best first, as best_trials() has them: before all others come the trials that count.
    const std::string value =
        fmt::format("trial_results.metric_values[{}]", duck::quote_literal(order.metric));
    return fmt::format(
        " ORDER BY ({0} AND isfinite({1})) DESC NULLS LAST, {1} {2} NULLS LAST, "
        "trial_results.trial_id",
        kFeasible, value, order.ascending ? "ASC" : "DESC");
}

}  // namespace

Result<duck::Rows> run_trials(Session& session, const std::string& run_id,
                              const TrialOrder& order) {
    ASSIGN_OR_RETURN(const std::string sql, trials_sql(session, run_id, order));
    return session.query(sql);
}

Result<std::string> trials_sql(Session& session, const std::string& run_id,
                               const TrialOrder& order) {
    ASSIGN_OR_RETURN(const TrialNames params,
                     trial_names(session, run_id, "params", "param_values"));
    ASSIGN_OR_RETURN(const TrialNames metrics,
                     trial_names(session, run_id, "metrics", "metric_values"));
    if (!order.metric.empty() && !metrics.numbers.contains(order.metric)) {
        std::string known;
        for (const std::string& name : metrics.numbers) known += (known.empty() ? "" : ", ") + name;
        return fail(ErrorCode::kInvalidArgument,
                    "list trials of {}: no trial has the metric {}; "
                    "there are: {}",
                    run_id, order.metric, known.empty() ? "none" : known);
    }
    ASSIGN_OR_RETURN(const bool with_violations, has_violations(session, run_id));
    std::string sql = "SELECT trial_id, state, feasible";
    if (with_violations) sql += ", array_to_string(violations, ', ') AS violations";
    append_columns(params, metrics, "params.", "params", "param_values", sql);
    append_columns(metrics, params, "metrics.", "metrics", "metric_values", sql);
    sql += " FROM trial_results WHERE run_id = " + duck::quote_literal(run_id);
    if (order.only_feasible) sql += fmt::format(" AND {}", kFeasible);
    if (!order.where.empty()) {
        ASSIGN_OR_RETURN(const std::string condition,
                         filter_sql(order.where, {.scope = FilterScope::kTrials,
                                                  .now = order.now,
                                                  .known = known_names(params, metrics)}));
        sql += " AND " + condition;
    }
    return sql + order_clause(order) + limit_clause(order.limit);
}

}  // namespace daybook::query
