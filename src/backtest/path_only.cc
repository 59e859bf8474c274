// run_path_only() and run_baseline() of options.h.
#include "backtest/options.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "backtest/aggregate.h"
#include "backtest/path_metrics.h"
#include "backtest/session.h"
#include "base/check.h"

namespace daybook::backtest {
namespace {

constexpr std::string_view kBaseline = "baseline";

std::vector<PathMetrics> measured(const PathResults& results) {
    std::vector<PathMetrics> paths;
    for (const auto& result : results) {
        if (result) paths.push_back(*result);
    }
    return paths;
}

// The artifact that the rows of a run are in.
std::string paths_artifact(const std::vector<artifact::Stored>& stored) {
    const auto paths = std::find_if(stored.begin(), stored.end(),
                                    [](const auto& file) { return file.type == "paths"; });
    DAYBOOK_CHECK(paths != stored.end());
    return paths->path;
}

Result<RunSummary> run_paths(std::string_view run_type, const PathOnlyOptions& options,
                             const RunContext& context) {
    if (!std::isfinite(options.activity_move) || options.activity_move <= 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "activity-move: found '{}', expected a fraction above 0",
                    options.activity_move);
    }
    RETURN_IF_ERROR(check_max_hold(options.input, options.execution, 0));
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                     Session::begin({.run_type = std::string(run_type),
                                     .input = options.input,
                                     .run = options.run,
                                     .config_json = config_json(options)},
                                    context));
    PathResults results(session->calls().size());
    PathAggregates aggregates;
    const auto compute = [&]() -> Result<std::string> {
        session->for_each_call("compute", [&](std::size_t i) {
            results[i] = measure_path(session->calls()[i].trading, session->call_time(i),
                                      options.execution, options.activity_move);
        });
        aggregates = backtest::aggregate(measured(results));
        return compute_summary(aggregates.paths);
    };
    RETURN_IF_ERROR(session->events().phase("compute", compute));

    const std::string summary =
        summary_json(session->summary_head(), session->counts(), aggregates);
    const auto store = [&]() -> Result<std::string> {
        RETURN_IF_ERROR(session->store_calls());
        RETURN_IF_ERROR(
            session->store_table("paths", paths_table(session->table_context(), results)));
        RETURN_IF_ERROR(session->store_table(
            "summary", summary_table(session->run_id(), session->counts(), aggregates)));
        RETURN_IF_ERROR(session->store_json("summary_json", "summary", summary));
        const std::vector<artifact::Stored> stored = session->take_stored();
        if (run_type == kBaseline) {
            RETURN_IF_ERROR(session->events().baseline(session->counts().selected, aggregates.paths,
                                                       paths_artifact(stored)));
        }
        return stored_summary(stored);
    };
    RETURN_IF_ERROR(session->events().phase("store", store));

    return session->complete(summary, static_cast<std::uint64_t>(session->counts().eligible));
}

}  // namespace

Result<RunSummary> run_path_only(const PathOnlyOptions& options, const RunContext& context) {
    return run_paths("path-only", options, context);
}

Result<RunSummary> run_baseline(const PathOnlyOptions& options, const RunContext& context) {
    return run_paths(kBaseline, options, context);
}

}  // namespace daybook::backtest
