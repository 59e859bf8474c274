#include "backtest/optimize.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "backtest/child_run.h"
#include "backtest/fold_run.h"
#include "backtest/optimize_documents.h"
#include "backtest/orders.h"
#include "backtest/outcomes.h"
#include "backtest/parallel.h"
#include "backtest/session.h"

namespace daybook::backtest {
namespace {

// Both sides of a trade must leave something.
constexpr double kSideCostBpsMax = 5'000;
// Policies that are tried before their trials are recorded: few enough that an interruption costs
// little, many enough that a call's bars are read once for all of them.
constexpr std::size_t kPoliciesAtOnce = 64;

// The calls of one caller, or all.
struct CallSubset {
    std::optional<std::string> caller;
    std::vector<std::size_t> calls;
    CallCounts counts;
};

// Those that the policy is chosen on: all, or the train calls of the split.
CallSubset searched_calls(const Session& session, const OptimizeOptions& options,
                          const std::vector<Split>& splits) {
    CallSubset all{.caller = std::nullopt, .calls = {}, .counts = session.counts()};
    if (options.validation.split) {
        all.calls = splits.front().train;
        return all;
    }
    for (std::size_t i = 0; i < session.calls().size(); ++i) all.calls.push_back(i);
    return all;
}

// By the callers' names.
std::vector<CallSubset> calls_by_caller(const Session& session) {
    std::map<std::string, CallSubset> callers;
    const std::vector<Call>& calls = session.inputs().calls.calls;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        CallSubset& subset = callers[calls[i].caller];
        const PreparedCall& prepared = session.calls()[i];
        subset.calls.push_back(i);
        CallCounts& counts = subset.counts;
        if (subset.calls.size() == 1) {
            for (const auto& [reason, count] : session.counts().exclusions) {
                counts.exclusions[reason] = 0;
            }
        }
        ++counts.selected;
        counts.bars += static_cast<std::int64_t>(prepared.window.size);
        if (!prepared.eligible()) {
            ++counts.excluded;
            ++counts.exclusions[to_string(*prepared.coverage.exclusion)];
            continue;
        }
        ++counts.eligible;
        counts.without_entry += prepared.no_entry.empty() ? 0 : 1;
        counts.truncated += prepared.coverage.truncated ? 1 : 0;
    }
    std::vector<CallSubset> subsets;
    for (auto& [caller, subset] : callers) {
        subset.caller = caller;
        subsets.push_back(std::move(subset));
    }
    return subsets;
}

// One search, from its loaded bars to its summary.
class Search {
public:
    Search(const OptimizeOptions& options, const RunContext& context, Session& session,
           SearchSpace space)
        : options_(options),
          context_(context),
          session_(session),
          space_(std::move(space)),
          constraints_(constraints_of(options)),
          matrix_(space_.policies.size(), session.calls().size()),
          splits_(plan_splits(options.validation, session.inputs(), session.calls())),
          all_(searched_calls(session, options, splits_)),
          callers_(calls_by_caller(session)) {}

    // The bodies of the phases.
    Result<std::string> execute();
    Result<std::string> store();
    Result<std::string> aggregate();

    const std::string& summary() const { return summary_; }

private:
    // Chooses and tests on each split, and records the folds; what the summary says of it.
    Result<std::string> validate();
    std::optional<Trade> trade(std::size_t policy, std::size_t call) const;
    void fill(std::size_t first, std::size_t last);
    std::vector<Trial> try_all(const CallSubset& subset) const;
    Status search_callers();
    Status search_caller(std::size_t caller);
    Status record(RunEvents& events, const CallSubset& subset, std::span<const Trial> trials,
                  std::size_t first) const;
    std::int64_t bar_steps() const;

    const OptimizeOptions& options_;
    const RunContext& context_;
    Session& session_;
    SearchSpace space_;
    Constraints constraints_;
    OutcomeMatrix matrix_;
    std::vector<Split> splits_;
    CallSubset all_;  // those chosen on
    std::vector<CallSubset> callers_;
    std::vector<Trial> trials_;  // over all calls
    SearchResult result_;
    std::vector<SearchResult> caller_results_;
    std::string summary_;
};

std::optional<Trade> Search::trade(std::size_t policy, std::size_t call) const {
    const PreparedCall& prepared = session_.calls()[call];
    if (!prepared.can_enter()) return std::nullopt;
    const ExecutionModel model{
        .execution = options_.execution,
        .interval_ms = options_.input.interval.ms,
        .side_cost = side_cost(options_.orders, options_.taker_fee_bps, options_.slippage_bps)};
    return trade_call(space_.policies[policy], prepared.trading, model, options_.orders,
                      session_.call_id(call))
        .trade;
}

void Search::fill(std::size_t first, std::size_t last) {
    const std::size_t calls = matrix_.calls();
    const auto progress = [&](std::size_t done) {
        if (!context_.progress) return;
        context_.progress({.phase = "execute",
                           .done = first * calls + done * (last - first),
                           .total = space_.policies.size() * calls});
    };
    matrix_.fill(
        first, last, options_.run.threads,
        [&](std::size_t policy, std::size_t call) { return trade(policy, call); },
        context_.cancelled, progress);
}

Status Search::record(RunEvents& events, const CallSubset& subset, std::span<const Trial> trials,
                      std::size_t first) const {
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (context_.is_cancelled()) return fail(ErrorCode::kCancelled, "search: stopped");
        RETURN_IF_ERROR(events.trial(space_.ids[first + i], to_json(space_.policies[first + i]),
                                     trial_metrics_json(trials[i], subset.counts),
                                     trials[i].verdict));
    }
    return {};
}

std::vector<Trial> Search::try_all(const CallSubset& subset) const {
    std::vector<Trial> trials;
    for (std::size_t policy = 0; policy < space_.policies.size(); ++policy) {
        trials.push_back(try_policy(matrix_.of_policy(policy), subset.calls, constraints_));
    }
    return trials;
}

std::int64_t Search::bar_steps() const {
    std::int64_t steps = 0;
    for (std::size_t policy = 0; policy < space_.policies.size(); ++policy) {
        for (const TradeOutcome& outcome : matrix_.of_policy(policy)) {
            steps += outcome.has_trade ? std::int64_t{outcome.exit_bar} + 1 : 0;
        }
    }
    return steps;
}

Result<std::string> Search::execute() {
    const auto& before = session_.events().definition().recorded_trials;
    if (session_.events().definition().resumed && context_.warn) {
        context_.warn(fmt::format("resumed: {} of {} trials are in the ledger and are skipped",
                                  before.size(), space_.policies.size()));
    }
    for (std::size_t first = 0; first < space_.policies.size(); first += kPoliciesAtOnce) {
        const std::size_t last = std::min(first + kPoliciesAtOnce, space_.policies.size());
        fill(first, last);
        if (context_.is_cancelled()) return fail(ErrorCode::kCancelled, "search: stopped");
        for (std::size_t policy = first; policy < last; ++policy) {
            trials_.push_back(try_policy(matrix_.of_policy(policy), all_.calls, constraints_));
        }
        RETURN_IF_ERROR(record(session_.events(), all_, std::span(trials_).subspan(first), first));
    }
    result_ = find_best(trials_, space_);
    result_.calls_eligible = all_.counts.eligible;
    RETURN_IF_ERROR(search_callers());
    return search_summary(std::ssize(trials_), std::ssize(before), bar_steps());
}

Status Search::search_callers() {
    caller_results_.resize(callers_.size());
    parallel_for(callers_.size(), options_.run.threads, [&](std::size_t i) {
        if (context_.is_cancelled()) return;
        caller_results_[i] = find_best(try_all(callers_[i]), space_);
    });
    for (std::size_t i = 0; i < callers_.size(); ++i) {
        SearchResult& result = caller_results_[i];
        result.caller = callers_[i].caller;
        result.calls_eligible = callers_[i].counts.eligible;
        if (options_.by_caller) RETURN_IF_ERROR(search_caller(i));
    }
    return {};
}

// The child run of a caller.  They are numbered, because a caller's name may be anything.
Status Search::search_caller(std::size_t caller) {
    const CallSubset& subset = callers_[caller];
    SearchResult& result = caller_results_[caller];
    ASSIGN_OR_RETURN(
        const std::unique_ptr<ChildRun> child,
        ChildRun::begin(session_, {.suffix = fmt::format("caller-{}", caller + 1),
                                   .run_type = session_.summary_head().run_type,
                                   .name = *subset.caller,
                                   .config_json = config_json(options_, subset.caller)}));
    result.run_id = child->run_id();
    if (child->is_done()) return {};

    std::vector<Trial> trials;
    const auto execute = [&]() -> Result<std::string> {
        trials = try_all(subset);
        RETURN_IF_ERROR(record(child->events(), subset, trials, 0));
        return search_summary(std::ssize(trials),
                              std::ssize(child->events().definition().recorded_trials), 0);
    };
    RETURN_IF_ERROR(child->events().phase("execute", execute));
    SummaryHead head = session_.summary_head();
    head.run_id = child->run_id();
    const std::string summary = summary_json(OptimizeSummary{
        .head = head,
        .counts = subset.counts,
        .space = space_,
        .trials = trials,
        .result = result,
        .selection =
            selection_over({matrix_, space_.ids, constraints_, 1}, subset.calls, result.chosen)});
    const auto store = [&]() -> Result<std::string> {
        const SearchResult* const only[] = {&result};
        RETURN_IF_ERROR(
            child->store_table("frontier", frontier_table(child->run_id(), space_, only)));
        RETURN_IF_ERROR(child->store_json("summary_json", "summary", summary));
        return stored_summary(child->stored());
    };
    RETURN_IF_ERROR(child->events().phase("store", store));
    return child->complete(summary);
}

Result<std::string> Search::store() {
    RETURN_IF_ERROR(session_.store_calls());
    std::vector<const SearchResult*> results = {&result_};
    for (const SearchResult& caller : caller_results_) results.push_back(&caller);
    RETURN_IF_ERROR(
        session_.store_table("frontier", frontier_table(session_.run_id(), space_, results)));
    TradeResults trades(session_.calls().size());
    if (result_.chosen) {
        for (std::size_t i = 0; i < trades.size(); ++i) trades[i] = trade(*result_.chosen, i);
    }
    const std::string chosen = result_.chosen ? space_.ids[*result_.chosen] : "";
    RETURN_IF_ERROR(
        session_.store_table("trades", trades_table(session_.table_context(), chosen, trades)));
    return stored_summary(session_.take_stored());
}

Result<std::string> Search::validate() {
    if (splits_.empty()) return "";
    const SearchOutcomes search{matrix_, space_.ids, constraints_, options_.run.threads};
    std::vector<TestedSplit> tested;
    for (const Split& split : splits_) {
        if (context_.is_cancelled()) return fail(ErrorCode::kCancelled, "search: stopped");
        tested.push_back(test_split(search, split));
        if (context_.progress) {
            context_.progress(
                {.phase = "aggregate", .done = tested.size(), .total = splits_.size()});
        }
    }
    std::vector<Fold> folds;
    if (options_.validation.folds) {
        const OutcomeMatrix::Trader trader = [&](std::size_t policy, std::size_t call) {
            return trade(policy, call);
        };
        ASSIGN_OR_RETURN(folds, record_folds({.session = session_,
                                              .search_config_json = config_json(options_),
                                              .space = space_,
                                              .trader = trader},
                                             tested));
    }
    return validation_json(options_.validation, sum_up(search, tested), tested, folds, space_.ids);
}

Result<std::string> Search::aggregate() {
    ASSIGN_OR_RETURN(std::string validation, validate());
    const SearchOutcomes search{matrix_, space_.ids, constraints_, options_.run.threads};
    const SummaryHead head = session_.summary_head();
    summary_ = summary_json(
        OptimizeSummary{.head = head,
                        .counts = all_.counts,
                        .space = space_,
                        .trials = trials_,
                        .result = result_,
                        .selection = selection_over(search, all_.calls, result_.chosen),
                        .validation_json = std::move(validation),
                        .callers = options_.by_caller ? &caller_results_ : nullptr});
    RETURN_IF_ERROR(session_.store_json("summary_json", "summary", summary_));
    return stored_summary(session_.take_stored());
}

std::int64_t longest_hold_of(const SearchSpace& space) {
    std::int64_t longest = 0;
    for (const Policy& policy : space.policies) {
        longest = std::max(longest, longest_hold_ms(policy));
    }
    return longest;
}

const char* run_type_of(const OptimizeOptions& options) {
    if (options.validation.folds) return "walk_forward";
    return options.search == SearchKind::kGrid ? "grid_search" : "random_search";
}

}  // namespace

Constraints constraints_of(const OptimizeOptions& options) {
    return options.constraints.value_or(default_constraints(options.input.interval));
}

Status check_optimize_options(const OptimizeOptions& options) {
    for (const auto& [name, bps] : {std::pair("taker-fee-bps", options.taker_fee_bps),
                                    std::pair("slippage-bps", options.slippage_bps)}) {
        if (std::isfinite(bps) && bps >= 0 && bps <= kSideCostBpsMax) continue;
        return fail(ErrorCode::kInvalidArgument, "{}: found '{}', expected 0 to {} bps", name, bps,
                    kSideCostBpsMax);
    }
    RETURN_IF_ERROR(check_order_options(options.orders));
    RETURN_IF_ERROR(check_constraints(constraints_of(options)));
    RETURN_IF_ERROR(check_validation(options.validation));
    if (options.by_caller && (options.validation.split || options.validation.folds)) {
        return fail(ErrorCode::kInvalidArgument,
                    "by, {}: found both, expected one of them: a caller's search is not tested",
                    options.validation.folds ? "folds" : "split");
    }
    const std::size_t policies = unite(options.spaces).policies.size();
    if (policies == 0) {
        return fail(ErrorCode::kInvalidArgument, "space: found none, expected at least one");
    }
    if (options.search == SearchKind::kGrid) {
        if (!options.trials) return {};
        return fail(ErrorCode::kInvalidArgument,
                    "trials: found {} with search grid, which tries every policy; expected search "
                    "random",
                    *options.trials);
    }
    if (!options.trials) {
        return fail(ErrorCode::kInvalidArgument,
                    "trials: missing, expected how many of the {} policies search random draws",
                    policies);
    }
    if (*options.trials < 1 || *options.trials > static_cast<std::int64_t>(policies)) {
        return fail(ErrorCode::kInvalidArgument,
                    "trials: found {}, expected 1 to {}, the number of policies in the spaces",
                    *options.trials, policies);
    }
    return {};
}

SearchSpace searched(const OptimizeOptions& options) {
    SearchSpace all = unite(options.spaces);
    if (options.search == SearchKind::kGrid) return all;
    SearchSpace drawn{.policies = {}, .ids = {}, .repeated = all.repeated};
    for (const std::size_t i :
         draw(all.policies.size(), static_cast<std::size_t>(*options.trials), options.seed)) {
        drawn.policies.push_back(all.policies[i]);
        drawn.ids.push_back(all.ids[i]);
    }
    return drawn;
}

Result<RunSummary> run_optimize(const OptimizeOptions& options, const RunContext& context) {
    RETURN_IF_ERROR(check_optimize_options(options));
    SearchSpace space = searched(options);
    const std::int64_t longest_hold = longest_hold_of(space);
    RETURN_IF_ERROR(check_max_hold(options.input, options.execution, longest_hold));
    if (space.repeated > 0 && context.warn) {
        context.warn(fmt::format("spaces: {} policies stand in two of them and are tried once",
                                 space.repeated));
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                     Session::begin({.run_type = run_type_of(options),
                                     .input = options.input,
                                     .run = options.run,
                                     .config_json = config_json(options),
                                     .longest_hold_ms = longest_hold,
                                     .needs = {.latency_bars = options.orders.latency_bars,
                                               .volume = options.orders.needs_volume()}},
                                    context));
    const std::uint64_t trials = space.policies.size();
    Search search(options, context, *session, std::move(space));
    RETURN_IF_ERROR(session->events().phase("execute", [&] { return search.execute(); }));
    RETURN_IF_ERROR(session->events().phase("store", [&] { return search.store(); }));
    RETURN_IF_ERROR(session->events().phase("aggregate", [&] { return search.aggregate(); }));
    return session->complete(search.summary(), trials);
}

}  // namespace daybook::backtest
