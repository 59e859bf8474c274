#include "query/runs.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "duck/sql.h"
#include "query/filter.h"

namespace daybook::query {
namespace {

constexpr std::size_t kCandidatesShown = 10;

// The first column of all rows.
Result<std::vector<std::string>> first_column(Session& session, const std::string& sql,
                                              std::initializer_list<duck::Parameter> parameters) {
    ASSIGN_OR_RETURN(duck::Rows rows, session.query(sql, parameters));
    std::vector<std::string> values;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        values.push_back(rows.text(0));
    }
    return values;
}

// @latest and @-N.
Result<std::string> resolve_position(Session& session, std::string_view text) {
    std::size_t position = 1;
    if (text != "@latest") {
        const std::string_view digits = text.substr(std::min<std::size_t>(2, text.size()));
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), position);
        if (!text.starts_with("@-") || parsed.ec != std::errc() ||
            parsed.ptr != digits.data() + digits.size() || position == 0) {
            return fail(ErrorCode::kInvalidArgument,
                        "find run {}: after @ come \"latest\" or -1, -2…", text);
        }
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                     first_column(session, "SELECT run_id FROM latest_runs LIMIT 1 OFFSET $1",
                                  {static_cast<std::int64_t>(std::min(position - 1, kRowsMax))}));
    if (!ids.empty()) return ids.front();
    ASSIGN_OR_RETURN(const std::vector<std::string> count,
                     first_column(session, "SELECT count(*) FROM latest_runs", {}));
    return fail(ErrorCode::kNotFound, "find run {}: there are {} runs", text, count.front());
}

}  // namespace

std::string limit_clause(std::optional<std::size_t> limit) {
    return limit ? fmt::format(" LIMIT {}", std::min(*limit, kRowsMax)) : std::string();
}

TagFilter parse_tag_filter(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return {.key = std::string(text)};
    return {.key = std::string(text.substr(0, equals)),
            .value = std::string(text.substr(equals + 1))};
}

Result<duck::Rows> list_runs(Session& session, const RunFilter& filter) {
    ASSIGN_OR_RETURN(const std::string sql, runs_sql(filter));
    return session.query(sql);
}

namespace {

// What was found of running runs, as a table that is joined: a condition for each would be
// compared with every run.
std::string judged_table(const RunFilter& filter) {
    std::string ids;
    std::string states;
    for (const auto& [run_id, state] : filter.liveness) {
        const char* const comma = ids.empty() ? "" : ", ";
        ids += comma + duck::quote_literal(run_id);
        states += comma + duck::quote_literal(state);
    }
    return fmt::format(
        "judged AS MATERIALIZED (SELECT unnest([{}]::VARCHAR[]) AS judged_run, "
        "unnest([{}]::VARCHAR[]) AS liveness)",
        ids, states);
}

std::string status_condition(const RunFilter& filter) {
    std::string condition = "status = " + duck::quote_literal(*filter.status);
    if (filter.liveness.empty()) return condition;
    constexpr const char* kDead = "(SELECT judged_run FROM judged WHERE liveness = 'dead')";
    if (*filter.status == "running")
        return fmt::format("{} AND run_id NOT IN {}", condition, kDead);
    if (*filter.status != "interrupted") return condition;
    return fmt::format("({} OR status = 'running' AND run_id IN {})", condition, kDead);
}

std::string liveness_column(const RunFilter& filter) {
    const std::string found =
        filter.liveness.empty()
            ? "NULL"
            : "(SELECT any_value(judged.liveness) FROM judged WHERE judged_run = run_id)";
    return fmt::format(
        ", CASE WHEN status <> 'running' THEN NULL ELSE coalesce({}, 'unknown') END AS liveness",
        found);
}

}  // namespace

Result<std::string> runs_sql(const RunFilter& filter) {
    std::string where = "true";
    const auto add = [&where](std::string_view condition) {
        where += " AND ";
        where += condition;
    };
    if (filter.status) add(status_condition(filter));
    if (filter.run_type) add("run_type = " + duck::quote_literal(*filter.run_type));
    if (filter.since) {
        add(fmt::format("coalesce(created_at_ms, started_at_ms, last_event_ms) >= {}",
                        filter.since->value()));
    }
    for (const TagFilter& tag : filter.tags) {
        const std::string value = "tags[" + duck::quote_literal(tag.key) + "]";
        add(tag.value ? value + " = " + duck::quote_literal(*tag.value) : value + " IS NOT NULL");
    }
    if (!filter.where.empty()) {
        ASSIGN_OR_RETURN(
            const std::string condition,
            filter_sql(filter.where, {.scope = FilterScope::kRuns, .now = filter.now}));
        add(condition);
    }
    // On a line of its own, so that a comment in it ends before the parenthesis.
    if (!filter.where_sql.empty()) add("(" + filter.where_sql + "\n)");
    constexpr const char* kColumns =
        "SELECT run_id, run_type, name, status, "
        "coalesce(created_at_ms, started_at_ms, last_event_ms) AS created_at_ms, "
        "duration_ms, trials, artifacts";
    const char* const source = filter.with_source ? ", source" : "";
    const std::string liveness = filter.with_liveness ? liveness_column(filter) : "";
    const std::string limit = limit_clause(filter.limit);
    const bool needs_judged =
        !filter.liveness.empty() &&
        (filter.with_liveness || filter.status == "running" || filter.status == "interrupted");
    const std::string judged = needs_judged ? judged_table(filter) : "";
    // Whoever speaks of tags, or wants all runs, needs the tags of all runs.
    if (limit.empty() || lower_case(where).find("tags") != std::string::npos) {
        // A join need not keep the order of the view.
        return fmt::format("{}{}, tags{}{} FROM latest_runs WHERE {}{}{}",
                           needs_judged ? "WITH " + judged + " " : "", kColumns, source, liveness,
                           where, needs_judged ? " ORDER BY created_at_ms DESC, run_id DESC" : "",
                           limit);
    }
    return fmt::format(
        "WITH {}newest AS MATERIALIZED ({}{} FROM _latest_runs AS latest_runs WHERE {} "
        "ORDER BY created_at_ms DESC, run_id DESC{}), "
        "tagged AS (SELECT run_id, map(list(key ORDER BY key), list(value ORDER BY key)) AS tags "
        "FROM run_tags WHERE value IS NOT NULL AND run_id IN (SELECT run_id FROM newest) "
        "GROUP BY run_id) "
        "SELECT newest.*{}, coalesce(tags, MAP {{}}::MAP(VARCHAR, VARCHAR)) AS tags{}{} "
        "FROM newest LEFT JOIN tagged USING (run_id) ORDER BY created_at_ms DESC, run_id DESC",
        needs_judged ? judged + ", " : "", kColumns, source, where, limit,
        filter.with_source ? " EXCLUDE (source)" : "", source, liveness);
}

namespace {

// The first ledger.retained that names the run; empty: none does.
Result<std::string> removal_of(Session& session, const std::string& run_id) {
    ASSIGN_OR_RETURN(duck::Rows rows, run_retentions(session, run_id));
    ASSIGN_OR_RETURN(const bool any, rows.next());
    return any ? rows.text(0) : std::string();
}

}  // namespace

Result<std::string> resolve_run(Session& session, std::string_view text) {
    // Every id begins with it: an unset variable of a script must not mean the only run.
    if (text.empty()) return fail(ErrorCode::kInvalidArgument, "find run \"\": a run is needed");
    if (text.starts_with('@')) return resolve_position(session, text);
    // The best way of meaning a run counts alone: its id before a name before a beginning.
    for (const char* condition : {"run_id = $1", "name = $1", "starts_with(run_id, $1)"}) {
        ASSIGN_OR_RETURN(
            const std::vector<std::string> ids,
            first_column(
                session,
                fmt::format("SELECT run_id FROM runs_status LEFT JOIN runs_d "
                            "USING (run_id) WHERE {} ORDER BY deleted, last_event_ms DESC, "
                            "run_id LIMIT {}",
                            condition, kCandidatesShown + 1),
                {text}));
        if (ids.size() == 1) return ids.front();
        if (ids.empty()) continue;
        std::string list;
        for (std::size_t i = 0; i < ids.size() && i < kCandidatesShown; ++i)
            list += "\n  " + ids[i];
        if (ids.size() > kCandidatesShown) list += "\n  …";
        return fail(ErrorCode::kInvalidArgument, "find run \"{}\": it could be any of{}",
                    printable(text), list);
    }
    // An index of an older version cannot say.
    if (const auto removed = removal_of(session, std::string(text)); removed && !removed->empty()) {
        return fail(ErrorCode::kNotFound, "find run \"{}\": retention has removed it, event {}",
                    printable(text), *removed);
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                     first_column(session, "SELECT run_id FROM latest_runs LIMIT 1000", {}));
    const std::vector<std::string_view> names(ids.begin(), ids.end());
    const std::string_view nearest = nearest_name(text, names);
    return fail(ErrorCode::kNotFound, "find run \"{}\": no run has this id, name or beginning{}",
                printable(text),
                nearest.empty() ? std::string() : fmt::format("; did you mean {}?", nearest));
}

Result<duck::Rows> run_summary(Session& session, const std::string& run_id) {
    // Not from latest_runs: a deleted run can still be looked at.
    return session.query(
        "SELECT s.run_id, d.run_type, d.name, s.status, s.deleted, d.experiment, d.parent_run_id, "
        "d.created_at_ms, s.started_at_ms, s.ended_at_ms, "
        "s.ended_at_ms - s._attempt_started_ms AS duration_ms, s.attempt, s.trials, s.artifacts, "
        "(SELECT map(list(key ORDER BY key), list(value ORDER BY key)) FROM run_tags t "
        "WHERE t.run_id = s.run_id AND value IS NOT NULL) AS tags, d.config, d.data_fingerprint, "
        "d.seed, s.summary_json, s.error_json, s.artifact_paths, s.owner, "
        // As _latest_runs has it.
        "CASE WHEN NOT coalesce(json_valid(s._environment), false) THEN d.environment "
        "WHEN NOT coalesce(json_valid(d.environment), false) THEN s._environment "
        "ELSE json_merge_patch(d.environment, s._environment) END AS environment, s.last_event_ms, "
        // How it was found out that its owner has died.
        "CASE WHEN s.status = 'interrupted' AND json_valid(s.extra) "
        "THEN s.extra ->> '$.evidence.found' END AS evidence, "
        "(SELECT source FROM run_sources WHERE run_id = $1) AS source, "
        "(SELECT source_name FROM run_sources WHERE run_id = $1) AS source_name "
        "FROM runs_status s LEFT JOIN runs_d d USING (run_id) WHERE s.run_id = $1",
        {run_id});
}

Result<duck::Rows> run_phases(Session& session, const std::string& run_id) {
    return session.query(
        "SELECT phase_order, phase_name, iteration, status, started_at_ms, completed_at_ms, "
        "duration_ms, output_summary_json FROM phase_timings WHERE run_id = $1 "
        "ORDER BY phase_order, iteration, phase_name",
        {run_id});
}

Result<duck::Rows> run_artifacts(Session& session, const std::string& run_id) {
    return session.query(
        "SELECT artifact_type, artifact_path, size_bytes, rows, format, sha256, trial_id, "
        "created_at_ms FROM artifacts_catalog WHERE run_id = $1 ORDER BY artifact_path",
        {run_id});
}

Result<duck::Rows> run_notes(Session& session, const std::string& run_id) {
    return session.query(
        "SELECT noted_at_ms, author, note FROM run_notes WHERE run_id = $1 "
        "ORDER BY noted_at_ms, event_id",
        {run_id});
}

Result<duck::Rows> run_retentions(Session& session, const std::string& run_id) {
    return session.query(
        "SELECT event_id, timestamp_ms, coalesce(TRY_CAST(payload ->> '$.events' AS BIGINT), 0) "
        "AS events, CAST(json_array_length(payload, '$.runs') AS BIGINT) AS runs "
        "FROM custom_events WHERE event_type = 'ledger.retained' "
        "AND json_contains(payload -> '$.runs', to_json($1)) ORDER BY timestamp_ms, event_id",
        {run_id});
}

Result<duck::Rows> run_children(Session& session, const std::string& run_id) {
    return session.query(
        "SELECT run_id, run_type, name, status, duration_ms FROM latest_runs "
        "WHERE parent_run_id = $1",
        {run_id});
}

}  // namespace daybook::query
