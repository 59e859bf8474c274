#include "backtest/optimize_documents.h"

#include <map>

#include <nlohmann/json.hpp>

#include "backtest/document_parts.h"
#include "backtest/validation_documents.h"
#include "base/hash.h"

namespace daybook::backtest {
namespace {

std::string digest_of(const Space& space) {
    Sha256 sha;
    for (const Policy& policy : space.policies) sha.update(to_json(policy) + "\n");
    return to_hex(sha.finish());
}

Document spaces_of(const OptimizeOptions& options) {
    Document spaces = Document::array();
    for (const Space& space : options.spaces) {
        spaces.push_back({{"name", space.name},
                          {"policies", space.policies.size()},
                          {"sha256", digest_of(space)}});
    }
    return spaces;
}

Document search_of(const OptimizeOptions& options) {
    if (options.search == SearchKind::kGrid) return {{"kind", "grid"}};
    return {{"kind", "random"}, {"trials", *options.trials}, {"seed", options.seed}};
}

// How many trials each constraint rules out.
std::map<std::string_view, std::int64_t> count_violations(std::span<const Trial> trials) {
    std::map<std::string_view, std::int64_t> counts = {
        {kNoTrades, 0}, {kLosingStopRate, 0}, {kP05Mae, 0}, {kMeanTimeExposed, 0}};
    for (const Trial& trial : trials) {
        for (const std::string_view name : trial.verdict.violations) ++counts[name];
    }
    return counts;
}

Document violations_of(std::span<const Trial> trials) {
    const auto counts = count_violations(trials);
    Document document = Document::object();
    for (const auto& [name, count] : counts) document[std::string(name)] = count;
    return document;
}

Document chosen_of(const SearchResult& result, const SearchSpace& space, const CallCounts& counts) {
    if (!result.chosen) return nullptr;
    Document chosen = {{"policy_id", space.ids[*result.chosen]},
                       {"policy", Document::parse(to_json(space.policies[*result.chosen]))}};
    chosen.update(Document::parse(trial_metrics_json(*result.chosen_trial, counts)));
    return chosen;
}

Document caller_of(const SearchResult& result, const SearchSpace& space) {
    return {{"caller", *result.caller},
            {"run_id", result.run_id},
            {"calls_eligible", result.calls_eligible},
            {"feasible", result.feasible},
            {"policy_id", result.chosen ? Document(space.ids[*result.chosen]) : Document(nullptr)},
            {"score",
             result.chosen ? nullable(result.chosen_trial->verdict.score) : Document(nullptr)}};
}

}  // namespace

std::string config_json(const OptimizeOptions& options, const std::optional<std::string>& caller) {
    Document document = Document::parse(input_config_json(options.input, options.execution));
    const Constraints constraints = constraints_of(options);
    document.update(order_config(options.orders, options.taker_fee_bps, options.slippage_bps));
    document.update(
        Document({{"spaces", spaces_of(options)},
                  {"search", search_of(options)},
                  {"constraints",
                   {{"max_losing_stop_rate", constraints.max_losing_stop_rate},
                    {"min_p05_mae_bps", constraints.min_p05_mae_bps},
                    {"max_mean_time_exposed_ms", nullable(constraints.max_mean_time_exposed_ms)}}},
                  {"validation", validation_config(options.validation)},
                  {"by_caller", options.by_caller},
                  {"caller", nullable(caller)}}));
    return dump(document);
}

std::string trial_metrics_json(const Trial& trial, const CallCounts& counts) {
    Document document = Document::parse(metrics_json(trial.aggregates, counts));
    document["score"] = nullable(trial.verdict.score);
    return dump(document);
}

SearchResult find_best(std::span<const Trial> trials, const SearchSpace& space) {
    SearchResult result;
    for (const Trial& trial : trials) result.feasible += trial.verdict.feasible() ? 1 : 0;
    result.chosen = choose(trials, space.ids);
    if (result.chosen) result.chosen_trial = trials[*result.chosen];
    result.frontier = frontier(trials);
    for (const std::size_t i : result.frontier) result.frontier_trials.push_back(trials[i]);
    return result;
}

std::string violations_told(std::span<const Trial> trials) {
    std::vector<std::string> told;
    for (const auto& [name, count] : count_violations(trials)) {
        if (count > 0) told.push_back(fmt::format("{} violate {}", count, name));
    }
    return fmt::format("of {} trials {}", trials.size(), fmt::join(told, ", "));
}

std::string search_summary(std::int64_t trials, std::int64_t recorded_before,
                           std::int64_t bar_steps) {
    return dump({{"trials", trials},
                 {"trials_recorded_before", recorded_before},
                 {"bar_steps", bar_steps}});
}

std::string summary_json(const OptimizeSummary& summary) {
    Document document = Document::parse(head_json(summary.head, summary.counts));
    document["caller"] = nullable(summary.result.caller);
    document["trials"] = summary.trials.size();
    document["feasible"] = summary.result.feasible;
    document["violations"] = violations_of(summary.trials);
    document["frontier"] = summary.result.frontier.size();
    document["chosen"] = chosen_of(summary.result, summary.space, summary.searched);
    if (summary.orders) document["orders"] = orders_document(*summary.orders);
    document["overfitting"] = overfitting_document(summary.selection);
    document["validation"] =
        summary.validation_json.empty() ? Document() : Document::parse(summary.validation_json);
    document["callers"] = nullptr;
    if (summary.callers != nullptr) {
        document["callers"] = Document::array();
        for (const SearchResult& caller : *summary.callers) {
            document["callers"].push_back(caller_of(caller, summary.space));
        }
    }
    return dump(document);
}

artifact::Table frontier_table(const std::string& run_id, const SearchSpace& space,
                               std::span<const SearchResult* const> results) {
    using enum duck::ColumnType;
    artifact::Table table({{"run_id", kVarchar},
                           {"caller_name", kVarchar},
                           {"policy_id", kVarchar},
                           {"calls_executed", kBigint},
                           {"mean_return_bps", kDouble},
                           {"median_return_bps", kDouble},
                           {"stop_out_rate", kDouble},
                           {"losing_stop_rate", kDouble},
                           {"mean_time_exposed_ms", kDouble},
                           {"mean_tail_capture", kDouble},
                           {"median_mae_bps", kDouble},
                           {"p05_mae_bps", kDouble},
                           {"score", kDouble},
                           {"feasible", kBoolean},
                           {"chosen", kBoolean}});
    for (const SearchResult* result : results) {
        for (std::size_t i = 0; i < result->frontier.size(); ++i) {
            const std::size_t policy = result->frontier[i];
            const Trial& trial = result->frontier_trials[i];
            const TradeAggregates& a = trial.aggregates;
            table.add_row({run_id, result->caller, space.ids[policy], a.trades, a.mean_return_bps,
                           a.median_return_bps, a.stop_out_rate, a.losing_stop_rate,
                           a.mean_time_exposed_ms, a.mean_tail_capture, a.median_mae_bps,
                           a.p05_mae_bps, trial.verdict.score, trial.verdict.feasible(),
                           result->chosen == policy});
        }
    }
    return table;
}

}  // namespace daybook::backtest
