// run_path_only() of options.h.
#include "backtest/options.h"

#include <cmath>
#include <utility>
#include <vector>

#include "backtest/aggregate.h"
#include "backtest/path_metrics.h"
#include "backtest/session.h"

namespace daybook::backtest {
namespace {

std::vector<PathMetrics> measured(const PathResults& results) {
    std::vector<PathMetrics> paths;
    for (const auto& result : results) {
        if (result) paths.push_back(*result);
    }
    return paths;
}

}  // namespace

Result<RunSummary> run_path_only(const PathOnlyOptions& options, const RunContext& context) {
    if (!std::isfinite(options.activity_move) || options.activity_move <= 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "activity-move: found '{}', expected a fraction above 0",
                    options.activity_move);
    }
    RETURN_IF_ERROR(check_max_hold(options.input, options.execution, 0));
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                     Session::begin({.run_type = "path-only",
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
        return stored_summary(session->take_stored());
    };
    RETURN_IF_ERROR(session->events().phase("store", store));

    return session->complete(summary, static_cast<std::uint64_t>(session->counts().eligible));
}

}  // namespace daybook::backtest
