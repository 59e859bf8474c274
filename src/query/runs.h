// Questions about runs, as the command line and the API ask them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "duck/rows.h"
#include "query/session.h"

namespace daybook::query {

// The most rows that DuckDB can be asked for, or to skip.
inline constexpr std::size_t kRowsMax = (std::size_t{1} << 62) - 1;

// " LIMIT 10", with at most kRowsMax; empty without a limit.
std::string limit_clause(std::optional<std::size_t> limit);

struct TagFilter {
    std::string key;
    std::optional<std::string> value{};  // unset: any
};
// "key" or "key=value".
TagFilter parse_tag_filter(std::string_view text);

struct RunFilter {
    std::optional<std::string> status{};
    std::optional<std::string> run_type{};
    // Created, else started, else last heard of, at or after it.
    std::optional<TimestampMs> since{};
    std::vector<TagFilter> tags{};  // all of them
    std::string where{};            // a filter (query/filter.h)
    TimestampMs now{0};             // what `now` means in it
    std::string where_sql{};        // an expression over the columns of latest_runs
    std::optional<std::size_t> limit{};
    // Of running runs, by id, what was found of their owners: "alive", "dead" or "unknown".  Those
    // that are dead count as interrupted for `status`.
    std::map<std::string, std::string, std::less<>> liveness{};
    bool with_liveness = false;  // add a column of that: NULL for runs that are not running
    bool with_source = false;    // add who answers for the run: "event_log" or "legacy"
};

// The runs that pass the filter, newest first: run_id, run_type, name, status, created_at_ms,
// duration_ms, trials, artifacts, tags; source and liveness if they were asked for.
Result<duck::Rows> list_runs(Session& session, const RunFilter& filter);
// The statement that list_runs() asks.  kInvalidArgument: `where` is no filter.
Result<std::string> runs_sql(const RunFilter& filter);

// The run that `text` means: an id, the unique beginning of one, a name, @latest, or @-N for the
// Nth newest (@-1 is @latest).  kNotFound: none; kInvalidArgument: several, which the message
// lists.
Result<std::string> resolve_run(Session& session, std::string_view text);

// Of one run, by its exact id.
Result<duck::Rows> run_summary(Session& session, const std::string& run_id);    // one row
Result<duck::Rows> run_phases(Session& session, const std::string& run_id);     // by order
Result<duck::Rows> run_artifacts(Session& session, const std::string& run_id);  // by path
Result<duck::Rows> run_notes(Session& session, const std::string& run_id);      // by time
// What retention has removed of it, a row an event that says so: event_id, timestamp_ms, events (of
// all the runs that the event is about) and runs (how many); by time.
Result<duck::Rows> run_retentions(Session& session, const std::string& run_id);
Result<duck::Rows> run_children(Session& session, const std::string& run_id);  // newest first

struct TrialOrder {
    std::string metric{};  // empty: by the time they were recorded
    bool ascending = false;
    std::string where{};         // a filter (query/filter.h) that the trials pass
    TimestampMs now{0};          // what `now` means in it
    bool only_feasible = false;  // complete, and not known to violate anything
    std::optional<std::size_t> limit{};
};
// The trials of a run: trial_id, state, feasible, violations if any has some, then one column for
// each parameter and each metric, in the order of their names.  A name that is both is prefixed by
// "params." and "metrics.". kInvalidArgument: no trial has the metric.
Result<duck::Rows> run_trials(Session& session, const std::string& run_id,
                              const TrialOrder& order = {});
// The statement that run_trials() asks; its columns are those that the run's trials have now.
Result<std::string> trials_sql(Session& session, const std::string& run_id,
                               const TrialOrder& order = {});

}  // namespace daybook::query
