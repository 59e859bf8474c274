#include "backtest/optimize.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <utility>

#include "backtest/child_run.h"
#include "backtest/fold_run.h"
#include "backtest/optimize_documents.h"
#include "backtest/orders.h"
#include "backtest/outcomes.h"
#include "backtest/parallel.h"
#include "backtest/policy_run.h"
#include "backtest/policy_windows.h"
#include "backtest/session.h"
#include "base/limits.h"
#include "base/text.h"

namespace daybook::backtest {
namespace {

// Policies that are tried before their trials are recorded: few enough that an interruption costs
// little, many enough that a call's bars are read once for all of them.
constexpr std::size_t kPoliciesAtOnce = 64;

// Outcomes that a search may hold: 4 GB of them.
constexpr std::size_t kOutcomesMax = 100'000'000;
// What of a caller's name that cannot be a run's is shown as one: each byte may take four there.
constexpr std::size_t kCallerBytesShown = 60;

// The calls of one caller, or all.
struct CallSubset {
    std::optional<std::string> caller;
    std::vector<std::size_t> calls;
    CallCounts counts;
};

CallSubset subset_of(const Session& session, std::optional<std::string> caller,
                     std::vector<std::size_t> calls) {
    CallCounts counts = count_calls(session.inputs(), session.calls(), calls);
    return {.caller = std::move(caller), .calls = std::move(calls), .counts = std::move(counts)};
}

// Those that the policy is chosen on: all, or the train calls of the split.
CallSubset searched_calls(const Session& session, const OptimizeOptions& options,
                          const std::vector<Split>& splits) {
    if (options.validation.split) return subset_of(session, {}, splits.front().train);
    std::vector<std::size_t> all(session.calls().size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return {.caller = {}, .calls = std::move(all), .counts = session.counts()};
}

// Those among `searched`, by the callers' names.
std::vector<CallSubset> by_caller(const Session& session, const CallSubset& searched) {
    std::map<std::string, std::vector<std::size_t>> callers;
    for (const std::size_t call : searched.calls) {
        callers[session.inputs().calls.calls[call].caller].push_back(call);
    }
    std::vector<CallSubset> subsets;
    for (auto& [caller, calls] : callers) {
        subsets.push_back(subset_of(session, caller, std::move(calls)));
    }
    return subsets;
}

InputNeeds needs_of(const OptimizeOptions& options) {
    return {.latency_bars = options.orders.latency_bars, .volume = options.orders.needs_volume()};
}

// The order of `execute` among the phases of a search: what comes before it, the parent has done.
constexpr std::int64_t kExecutePhase = 4;

// Callers are numbered, because a caller's name may be anything.
std::string caller_suffix(std::size_t number, std::size_t callers) {
    return numbered_part("caller", number, callers);
}

std::string run_name_of(const std::string& caller) {
    const bool is_name =
        caller.size() <= kNameBytesMax && printable(caller, caller.size()) == caller;
    return is_name ? caller : printable(caller, kCallerBytesShown);
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
          model_(execution_model(options)),
          splits_(plan_splits(options.validation, session.inputs(), session.calls())),
          all_(searched_calls(session, options, splits_)),
          callers_(by_caller(session, all_)) {}

    // The bodies of the phases.
    Result<std::string> execute();
    Result<std::string> store();
    Result<std::string> aggregate();

    const std::string& summary() const { return summary_; }

private:
    // Chooses and tests on each split, and records the folds; what the summary says of it.
    Result<std::string> validate();
    void warn_of_notes(std::span<const TestedSplit> splits) const;
    Status check_callers() const;
    Status make_room();
    Outcome outcome(std::size_t policy, std::size_t call) const;
    TradeResults trades_of(std::size_t policy) const;
    std::optional<OrderCounts> orders_of(const CallSubset& subset,
                                         std::optional<std::size_t> policy) const;
    void fill(std::size_t first, std::size_t last);
    std::vector<Trial> try_all(const CallSubset& subset) const;
    artifact::Table chosen_trades() const;
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
    ExecutionModel model_;
    // From make_room() on.
    std::optional<PolicyWindows> windows_;
    OutcomeMatrix matrix_{0, 0};
    std::vector<Split> splits_;
    CallSubset all_;  // those chosen on
    std::vector<CallSubset> callers_;
    std::vector<Trial> trials_;  // over all calls
    SearchResult result_;
    std::vector<SearchResult> caller_results_;
    std::string summary_;
};

Outcome Search::outcome(std::size_t policy, std::size_t call) const {
    const BarsView bars = windows_->bars(policy, call);
    if (bars.size == 0) return {};
    return trade_call(space_.policies[policy], bars, model_, options_.orders,
                      session_.call_id(call));
}

TradeResults Search::trades_of(std::size_t policy) const {
    TradeResults trades;
    for (std::size_t call = 0; call < session_.calls().size(); ++call) {
        trades.push_back(outcome(policy, call).trade);
    }
    return trades;
}

// What befell the orders of the policy that was chosen; where none was, those of the first: which
// calls were not bought does not hang on the policy.
std::optional<OrderCounts> Search::orders_of(const CallSubset& subset,
                                             std::optional<std::size_t> policy) const {
    if (options_.orders.plain()) return std::nullopt;
    OrderCounts counts;
    for (const std::size_t call : subset.calls) {
        count_orders(outcome(policy.value_or(0), call), counts);
    }
    return counts;
}

Status Search::check_callers() const {
    if (!options_.by_caller || session_.events().definition().resumed) return {};
    std::vector<std::string> parts;
    for (std::size_t i = 1; i <= callers_.size(); ++i) {
        parts.push_back(caller_suffix(i, callers_.size()));
    }
    return session_.check_parts(parts);
}

Status Search::make_room() {
    const std::size_t policies = space_.policies.size();
    const std::size_t calls = session_.calls().size();
    if (policies > kOutcomesMax / std::max<std::size_t>(calls, 1)) {
        return fail(ErrorCode::kLimit,
                    "search: found {} policies and {} calls, expected at most {} trades of them "
                    "all; search fewer, or some at random with --search random --trials N",
                    policies, calls, kOutcomesMax);
    }
    matrix_ = OutcomeMatrix(policies, calls);
    windows_.emplace(session_.inputs(), session_.calls(), space_.policies,
                     window_spec(options_.input, 0, needs_of(options_)));
    return {};
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
        [&](std::size_t policy, std::size_t call) { return outcome(policy, call).trade; },
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

// For the threads that search a caller each.
std::vector<Trial> Search::try_all(const CallSubset& subset) const {
    return backtest::try_all({matrix_, space_.ids, constraints_, 1}, subset.calls);
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
    RETURN_IF_ERROR(check_callers());
    RETURN_IF_ERROR(make_room());
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
    if (!result_.chosen && context_.warn) {
        context_.warn(
            fmt::format("no policy is feasible and none is chosen: {}", violations_told(trials_)));
    }
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

// The child run of a caller.
Status Search::search_caller(std::size_t caller) {
    const CallSubset& subset = callers_[caller];
    SearchResult& result = caller_results_[caller];
    ASSIGN_OR_RETURN(
        const std::unique_ptr<ChildRun> child,
        ChildRun::begin(session_, {.suffix = caller_suffix(caller + 1, callers_.size()),
                                   .run_type = session_.summary_head().run_type,
                                   .name = run_name_of(*subset.caller),
                                   .config_json = config_json(options_, subset.caller),
                                   .first_phase = kExecutePhase}));
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
        .searched = subset.counts,
        .space = space_,
        .trials = trials,
        .result = result,
        .orders = orders_of(subset, result.chosen),
        .selection =
            selection_over({matrix_, space_.ids, constraints_, 1}, subset.calls, result.chosen)});
    const auto store = [&]() -> Result<std::string> {
        const SearchResult* const only[] = {&result};
        RETURN_IF_ERROR(child->store_config());
        RETURN_IF_ERROR(
            child->store_table("frontier", frontier_table(child->run_id(), space_, only)));
        RETURN_IF_ERROR(child->store_json("summary_json", "summary", summary));
        return stored_summary(child->stored());
    };
    RETURN_IF_ERROR(child->events().phase("store", store));
    return child->complete(summary);
}

artifact::Table Search::chosen_trades() const {
    const TableContext context = session_.table_context();
    if (!result_.chosen) return trades_table(context, "", TradeResults(context.calls.size()));
    const std::size_t chosen = *result_.chosen;
    const std::vector<PreparedCall> calls = windows_->calls_of(chosen);
    return trades_table(context.with(calls), space_.ids[chosen], trades_of(chosen));
}

Result<std::string> Search::store() {
    RETURN_IF_ERROR(session_.store_calls());
    std::vector<const SearchResult*> results = {&result_};
    for (const SearchResult& caller : caller_results_) results.push_back(&caller);
    RETURN_IF_ERROR(
        session_.store_table("frontier", frontier_table(session_.run_id(), space_, results)));
    RETURN_IF_ERROR(session_.store_table("trades", chosen_trades()));
    if (!splits_.empty()) {
        RETURN_IF_ERROR(
            session_.store_table("splits", splits_table(session_.table_context(), splits_)));
    }
    return stored_summary(session_.take_stored());
}

// What a split could not do is in the summary; nobody should have to look there for it.
void Search::warn_of_notes(std::span<const TestedSplit> splits) const {
    std::map<std::string, int> counts;
    for (const TestedSplit& tested : splits) {
        if (const std::optional<std::string> note = note_of(tested)) ++counts[*note];
    }
    for (const auto& [note, count] : counts) {
        if (!context_.warn) continue;
        context_.warn(
            options_.validation.folds
                ? fmt::format("folds: {} of {}: {}", count, splits.size(), note)
                : fmt::format("split {}: {}", to_string(options_.validation.split->kind), note));
    }
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
    warn_of_notes(tested);
    std::vector<Fold> folds;
    if (options_.validation.folds) {
        const OutcomeMatrix::Trader trader = [&](std::size_t policy, std::size_t call) {
            return outcome(policy, call).trade;
        };
        ASSIGN_OR_RETURN(folds, record_folds({.session = session_,
                                              .search_config_json = config_json(options_),
                                              .space = space_,
                                              .windows = *windows_,
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
                        .counts = session_.counts(),
                        .searched = all_.counts,
                        .space = space_,
                        .trials = trials_,
                        .result = result_,
                        .orders = orders_of(all_, result_.chosen),
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

// The runs below the search that are known before its calls are.
std::vector<std::string> parts_of(const OptimizeOptions& options) {
    std::vector<std::string> parts;
    if (options.validation.folds) {
        const auto folds = static_cast<std::size_t>(options.validation.folds->folds);
        for (std::size_t fold = 1; fold <= folds; ++fold) {
            parts.push_back(numbered_part("fold", fold, folds));
        }
    }
    return parts;
}

const char* run_type_of(const OptimizeOptions& options) {
    if (options.validation.folds) return "walk_forward";
    return options.search == SearchKind::kGrid ? "grid_search" : "random_search";
}

}  // namespace

Result<RunSummary> run_optimize(const OptimizeOptions& options, const RunContext& context) {
    RETURN_IF_ERROR(check_optimize_options(options));
    SearchSpace space = searched(options);
    const std::int64_t longest_hold = longest_hold_of(space);
    RETURN_IF_ERROR(check_max_hold(options.input, options.execution, longest_hold));
    if (space.repeated > 0 && context.warn) {
        context.warn(fmt::format("spaces: {} in two of them and {} tried once",
                                 space.repeated == 1
                                     ? "1 policy stands"
                                     : fmt::format("{} policies stand", space.repeated),
                                 space.repeated == 1 ? "is" : "are"));
    }
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session,
                     Session::begin({.run_type = run_type_of(options),
                                     .input = options.input,
                                     .run = options.run,
                                     .config_json = config_json(options),
                                     .longest_hold_ms = longest_hold,
                                     .needs = needs_of(options),
                                     .parts = parts_of(options)},
                                    context));
    const std::uint64_t trials = space.policies.size();
    Search search(options, context, *session, std::move(space));
    RETURN_IF_ERROR(session->events().phase("execute", [&] { return search.execute(); }));
    RETURN_IF_ERROR(session->events().phase("store", [&] { return search.store(); }));
    RETURN_IF_ERROR(session->events().phase("aggregate", [&] { return search.aggregate(); }));
    return session->complete(search.summary(), trials);
}

}  // namespace daybook::backtest
