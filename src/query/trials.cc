// run_trials(): a column for each parameter and each metric.

#include <algorithm>
#include <set>

#include "duck/sql.h"
#include "query/filter.h"
#include "query/runs.h"

namespace daybook::query {
namespace {

struct TrialNames {
    std::set<std::string> numbers;  // names in the map
    std::set<std::string> texts;    // top-level names whose values are neither numbers nor nested
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
    ASSIGN_OR_RETURN(
        duck::Rows texts,
        session.query(fmt::format("SELECT DISTINCT j.key FROM trial_results, json_each({}) j "
                                  "WHERE run_id = $1 AND j.type IN ('VARCHAR', 'BOOLEAN')",
                                  json),
                      {run_id}));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, texts.next());
        if (!more) break;
        if (!names.numbers.contains(texts.text(0))) names.texts.insert(texts.text(0));
    }
    return names;
}

void append_columns(const TrialNames& names, const TrialNames& others, const char* prefix,
                    const char* json, const char* map, std::string& sql) {
    std::set<std::string> all = names.numbers;
    all.insert(names.texts.begin(), names.texts.end());
    for (const std::string& name : all) {
        const bool is_shared = others.numbers.contains(name) || others.texts.contains(name);
        const std::string shown = is_shared ? prefix + name : name;
        // json_extract_string takes a name as it is, without the signs of a path, by "$" and
        // quotes.
        const std::string value =
            names.numbers.contains(name)
                ? fmt::format("{}[{}]", map, duck::quote_literal(name))
                : fmt::format("json_extract_string({}, '$.' || {})", json,
                              duck::quote_literal(duck::quote_identifier(name)));
        sql += fmt::format(", {} AS {}", value, duck::quote_identifier(shown));
    }
}

KnownNames known_names(const TrialNames& params, const TrialNames& metrics) {
    KnownNames known{.complete = true};
    known.params.assign(params.numbers.begin(), params.numbers.end());
    known.params.insert(known.params.end(), params.texts.begin(), params.texts.end());
    known.metrics.assign(metrics.numbers.begin(), metrics.numbers.end());
    return known;
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
    std::string sql = "SELECT trial_id, state, feasible";
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
