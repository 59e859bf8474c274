#include "backtest/fold_run.h"

#include <memory>
#include <utility>

#include "backtest/child_run.h"

namespace daybook::backtest {
namespace {

// The trades of the test, by call.
TradeResults trades_of(const FoldSource& source, const TestedSplit& tested) {
    TradeResults trades(source.session.calls().size());
    if (!tested.chosen) return trades;
    for (const std::size_t call : tested.split.test) {
        trades[call] = source.trader(*tested.chosen, call);
    }
    return trades;
}

CallTimes times_of(const FoldSource& source, const std::vector<std::size_t>& calls) {
    if (calls.empty()) return {};
    return {.first_ms = source.session.call_time(calls.front()),
            .last_ms = source.session.call_time(calls.back())};
}

Status record_test(const FoldSource& source, const TestedSplit& tested, ChildRun& run) {
    RETURN_IF_ERROR(
        run.store_table("alerts", alerts_table(run.table_context(), tested.split.test)));
    const TradeResults trades = trades_of(source, tested);
    if (!tested.chosen) {
        return run.store_table("trades", trades_table(run.table_context(), "", trades));
    }
    const std::string& id = source.space.ids[*tested.chosen];
    const std::vector<PreparedCall> calls = source.windows.calls_of(*tested.chosen);
    RETURN_IF_ERROR(
        run.store_table("trades", trades_table(run.table_context().with(calls), id, trades)));
    return run.events().trial(id, to_json(source.space.policies[*tested.chosen]),
                              fold_metrics_json(tested), tested.test->verdict);
}

Status record_fold(const FoldSource& source, const TestedSplit& tested, const Fold& fold,
                   ChildRun& run) {
    const auto train = [&]() -> Result<std::string> {
        RETURN_IF_ERROR(run.store_config());
        return train_summary(tested, source.space.policies.size());
    };
    RETURN_IF_ERROR(run.events().phase("train", train));
    const auto choose = [&]() -> Result<std::string> {
        return choose_summary(tested, source.space.ids);
    };
    RETURN_IF_ERROR(run.events().phase("choose", choose));
    const std::string summary =
        fold_summary_json(fold, source.session.summary_head(), tested, source.space.ids);
    const auto test = [&]() -> Result<std::string> {
        RETURN_IF_ERROR(record_test(source, tested, run));
        RETURN_IF_ERROR(run.store_json("summary_json", "summary", summary));
        return test_summary(tested);
    };
    RETURN_IF_ERROR(run.events().phase("test", test));
    return run.complete(summary);
}

}  // namespace

Result<std::vector<Fold>> record_folds(const FoldSource& source,
                                       std::span<const TestedSplit> splits) {
    std::vector<Fold> folds;
    for (const TestedSplit& tested : splits) {
        const std::size_t number = folds.size() + 1;
        const std::string suffix = numbered_part("fold", number, splits.size());
        folds.push_back({.number = number,
                         .run_id = part_run_id(source.session.run_id(), suffix),
                         .parent_run_id = source.session.run_id(),
                         .train = times_of(source, tested.split.train),
                         .test = times_of(source, tested.split.test)});
        ASSIGN_OR_RETURN(
            const std::unique_ptr<ChildRun> run,
            ChildRun::begin(
                source.session,
                {.suffix = suffix,
                 .run_type = "policy",
                 .name = fmt::format("fold {} of {}", number, splits.size()),
                 .config_json = fold_config_json(folds.back(), source.search_config_json)}));
        if (run->is_done()) continue;
        RETURN_IF_ERROR(record_fold(source, tested, folds.back(), *run));
    }
    return folds;
}

}  // namespace daybook::backtest
