// The JSON documents of a search, and the rows of its frontier.  The schemas are
// schemas/documents/optimize_config.json and optimize_summary.json.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "artifact/table.h"
#include "backtest/call_counts.h"
#include "backtest/documents.h"
#include "backtest/optimize_options.h"
#include "backtest/overfitting.h"
#include "backtest/results.h"

namespace daybook::backtest {

// Everything that determines the rows of a search.  Spaces are told by name, number of policies and
// SHA-256 of their policies as JSON, a line each: the layout of a space's file does not matter.
// `caller`: of the child run that searches the calls of one caller.
std::string config_json(const OptimizeOptions& options,
                        const std::optional<std::string>& caller = {});

// Of a trial: counts of calls, aggregates and score.
std::string trial_metrics_json(const Trial& trial, const CallCounts& counts);

// What a search found among some calls, those of one caller or all.
struct SearchResult {
    std::optional<std::string> caller;  // nullopt: all
    std::string run_id;                 // of the caller's own run; empty if there is none
    std::int64_t calls_eligible = 0;
    std::int64_t feasible = 0;           // trials that are
    std::optional<std::size_t> chosen;   // index into the policies
    std::vector<std::size_t> frontier;   // the same
    std::vector<Trial> frontier_trials;  // those of `frontier`, in its order
    std::optional<Trial> chosen_trial;
};

// The search over all `trials` of a set of calls.
SearchResult find_best(std::span<const Trial> trials, const SearchSpace& space);

// How many trials each constraint rules out: "of 94 trials 90 violate p05_mae, 12 no_trades".
std::string violations_told(std::span<const Trial> trials);

std::string search_summary(std::int64_t trials, std::int64_t recorded_before,
                           std::int64_t bar_steps);

// The summary of a search over the calls that `result` is about, whose `trials` are all of them;
// `callers` are the results by caller, if they were asked for.
struct OptimizeSummary {
    const SummaryHead& head;
    const CallCounts& counts;    // of the run
    const CallCounts& searched;  // of the calls that the policy was chosen on
    const SearchSpace& space;
    std::span<const Trial> trials;
    const SearchResult& result;
    std::optional<OrderCounts>
        orders{};  // of the chosen policy, or the first, on the calls searched
    SelectionFigures selection{};
    std::string
        validation_json{};  // see validation_json() of its documents; empty if nothing was tested
    const std::vector<SearchResult>* callers = nullptr;
};
std::string summary_json(const OptimizeSummary& summary);

// A row a policy of a frontier, result by result.
artifact::Table frontier_table(const std::string& run_id, const SearchSpace& space,
                               std::span<const SearchResult* const> results);

}  // namespace daybook::backtest
