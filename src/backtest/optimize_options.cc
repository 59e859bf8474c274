#include "backtest/optimize_options.h"

#include <cmath>

namespace daybook::backtest {

Constraints constraints_of(const OptimizeOptions& options) {
    return options.constraints.value_or(default_constraints(options.input.interval));
}

Status check_optimize_options(const OptimizeOptions& options) {
    RETURN_IF_ERROR(check_order_options(options.orders));
    RETURN_IF_ERROR(check_side_costs(options.orders, options.taker_fee_bps, options.slippage_bps));
    RETURN_IF_ERROR(check_constraints(constraints_of(options)));
    RETURN_IF_ERROR(check_validation(options.validation));
    if (options.by_caller && (options.validation.split || options.validation.folds)) {
        return fail(ErrorCode::kInvalidArgument,
                    "by: found together with {}, expected one of them: a caller's search is not "
                    "tested",
                    options.validation.folds ? "folds" : "split");
    }
    const std::size_t policies = unite(options.spaces).policies.size();
    if (policies == 0) {
        return fail(ErrorCode::kInvalidArgument, "space: found none, expected at least one");
    }
    for (const Space& space : options.spaces) {
        for (const Policy& policy : space.policies) RETURN_IF_ERROR(check_policy(policy));
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

}  // namespace daybook::backtest
