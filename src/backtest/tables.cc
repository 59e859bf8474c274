#include "backtest/tables.h"

#include <map>
#include <numeric>
#include <optional>
#include <string_view>

namespace daybook::backtest {
namespace {

using artifact::Cell;
using artifact::Table;
using enum duck::ColumnType;

// A call without a chain has a null there.
Cell chain_of(const Call& call) {
    return call.chain.empty() ? Cell(std::nullopt) : Cell(call.chain);
}

Cell text_or_null(std::string_view text) { return text.empty() ? Cell(std::nullopt) : Cell(text); }

}  // namespace

bool is_truncated(const Trade& trade, const PreparedCall& call) {
    return trade.reason == ExitReason::kEndOfData && call.coverage.truncated;
}

Table alerts_table(const TableContext& context) {
    std::vector<std::size_t> all(context.calls.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return alerts_table(context, all);
}

Table alerts_table(const TableContext& context, std::span<const std::size_t> which) {
    Table table({{"run_id", kVarchar},
                 {"call_id", kVarchar},
                 {"caller_name", kVarchar},
                 {"mint", kVarchar},
                 {"chain", kVarchar},
                 {"interval", kVarchar},
                 {"alert_ts_ms", kBigint},
                 {"window_begin_ms", kBigint},
                 {"window_entry_ms", kBigint},
                 {"window_end_ms", kBigint},
                 {"bars_present", kBigint},
                 {"bars_expected", kBigint},
                 {"eligible", kBoolean},
                 {"truncated", kBoolean},
                 {"reason", kVarchar}});
    for (const std::size_t i : which) {
        const Call& call = context.inputs.calls.calls[i];
        const PreparedCall& prepared = context.calls[i];
        const std::optional<Window>& window = context.inputs.windows[i];
        const Cell none = std::nullopt;
        table.add_row({context.run_id, call.id, call.caller, call.mint, chain_of(call),
                       context.interval.name, call.created_at_ms,
                       window ? Cell(window->begin_ms) : none,
                       window ? Cell(window->entry_ms) : none, window ? Cell(window->end_ms) : none,
                       prepared.coverage.present, prepared.coverage.expected, prepared.eligible(),
                       prepared.coverage.truncated,
                       prepared.eligible() ? text_or_null(prepared.no_entry)
                                           : Cell(to_string(*prepared.coverage.exclusion))});
    }
    return table;
}

Table excluded_table(const TableContext& context) {
    Table table({{"run_id", kVarchar},
                 {"call_id", kVarchar},
                 {"caller_name", kVarchar},
                 {"mint", kVarchar},
                 {"chain", kVarchar},
                 {"alert_ts_ms", kBigint},
                 {"reason", kVarchar},
                 {"bars_present", kBigint},
                 {"bars_expected", kBigint},
                 {"coverage", kDouble}});
    for (std::size_t i = 0; i < context.calls.size(); ++i) {
        const Call& call = context.inputs.calls.calls[i];
        const PreparedCall& prepared = context.calls[i];
        if (prepared.eligible()) continue;
        table.add_row({context.run_id, call.id, call.caller, call.mint, chain_of(call),
                       call.created_at_ms, to_string(*prepared.coverage.exclusion),
                       prepared.coverage.present, prepared.coverage.expected,
                       prepared.coverage.ratio()});
    }
    return table;
}

Table paths_table(const TableContext& context, const PathResults& results) {
    Table table(
        {{"run_id", kVarchar},     {"call_id", kVarchar},     {"caller_name", kVarchar},
         {"mint", kVarchar},       {"chain", kVarchar},       {"interval", kVarchar},
         {"alert_ts_ms", kBigint}, {"p0", kDouble},           {"hit_2x", kBoolean},
         {"t_2x_ms", kBigint},     {"hit_3x", kBoolean},      {"t_3x_ms", kBigint},
         {"hit_4x", kBoolean},     {"t_4x_ms", kBigint},      {"peak_multiple", kDouble},
         {"dd_bps", kDouble},      {"dd_to_2x_bps", kDouble}, {"alert_to_activity_ms", kBigint},
         {"truncated", kBoolean},  {"reason", kVarchar}});
    for (std::size_t i = 0; i < context.calls.size(); ++i) {
        const Call& call = context.inputs.calls.calls[i];
        const PreparedCall& prepared = context.calls[i];
        if (!prepared.eligible()) continue;
        const bool measured = results[i].has_value();
        const PathMetrics path = results[i].value_or(PathMetrics{});
        const auto hit = [&](std::size_t k) {
            return measured ? Cell(path.t_kx_ms[k].has_value()) : Cell(std::nullopt);
        };
        table.add_row({context.run_id,
                       call.id,
                       call.caller,
                       call.mint,
                       chain_of(call),
                       context.interval.name,
                       call.created_at_ms,
                       measured ? Cell(path.p0) : Cell(std::nullopt),
                       hit(0),
                       path.t_kx_ms[0],
                       hit(1),
                       path.t_kx_ms[1],
                       hit(2),
                       path.t_kx_ms[2],
                       path.peak_multiple,
                       path.dd_bps,
                       path.dd_to_2x_bps,
                       path.alert_to_activity_ms,
                       prepared.coverage.truncated,
                       text_or_null(prepared.no_entry)});
    }
    return table;
}

Table trades_table(const TableContext& context, const std::string& policy_id,
                   const TradeResults& results) {
    Table table({{"run_id", kVarchar},
                 {"policy_id", kVarchar},
                 {"call_id", kVarchar},
                 {"realized_return_bps", kDouble},
                 {"gross_return_bps", kDouble},
                 {"stop_out", kBoolean},
                 {"max_adverse_excursion_bps", kDouble},
                 {"time_exposed_ms", kBigint},
                 {"tail_capture", kDouble},
                 {"entry_ts_ms", kBigint},
                 {"exit_ts_ms", kBigint},
                 {"entry_px", kDouble},
                 {"exit_px", kDouble},
                 {"exit_reason", kVarchar},
                 {"truncated", kBoolean}});
    for (std::size_t i = 0; i < context.calls.size(); ++i) {
        if (!results[i]) continue;
        const Trade& trade = *results[i];
        table.add_row({context.run_id, policy_id, context.inputs.calls.calls[i].id, trade.net_bps,
                       trade.gross_bps, trade.stop_out, trade.max_adverse_excursion_bps,
                       trade.time_exposed_ms, trade.tail_capture, trade.entry_ts_ms,
                       trade.exit_ts_ms, trade.entry_px, trade.exit_px, to_string(trade.reason),
                       is_truncated(trade, context.calls[i])});
    }
    return table;
}

Table splits_table(const TableContext& context, std::span<const Split> splits) {
    Table table({{"run_id", kVarchar},
                 {"split", kBigint},
                 {"call_id", kVarchar},
                 {"caller_name", kVarchar},
                 {"alert_ts_ms", kBigint},
                 {"part", kVarchar}});
    std::int64_t number = 0;
    for (const Split& split : splits) {
        ++number;
        std::map<std::size_t, std::string_view> part_of;
        for (const std::size_t call : split.train) part_of[call] = "train";
        for (const std::size_t call : split.purged) part_of[call] = "purged";
        for (const std::size_t call : split.embargoed) part_of[call] = "embargoed";
        for (const std::size_t call : split.test) part_of[call] = "test";
        for (const auto& [index, part] : part_of) {
            const Call& call = context.inputs.calls.calls[index];
            table.add_row({context.run_id, number, call.id, call.caller, call.created_at_ms, part});
        }
    }
    return table;
}

Table summary_table(const std::string& run_id, const CallCounts& counts, const PathAggregates& a) {
    Table table({{"run_id", kVarchar},
                 {"calls_selected", kBigint},
                 {"calls_eligible", kBigint},
                 {"calls_excluded", kBigint},
                 {"paths", kBigint},
                 {"hit_2x_rate", kDouble},
                 {"hit_3x_rate", kDouble},
                 {"hit_4x_rate", kDouble},
                 {"median_peak_multiple", kDouble},
                 {"median_dd_bps", kDouble},
                 {"median_dd_to_2x_bps", kDouble},
                 {"median_alert_to_activity_ms", kDouble}});
    table.add_row({run_id, counts.selected, counts.eligible, counts.excluded, a.paths,
                   a.hit_2x_rate, a.hit_3x_rate, a.hit_4x_rate, a.median_peak_multiple,
                   a.median_dd_bps, a.median_dd_to_2x_bps, a.median_alert_to_activity_ms});
    return table;
}

Table summary_table(const std::string& run_id, const std::string& policy_id,
                    const CallCounts& counts, const TradeAggregates& a) {
    Table table({{"run_id", kVarchar},
                 {"policy_id", kVarchar},
                 {"calls_selected", kBigint},
                 {"calls_eligible", kBigint},
                 {"calls_excluded", kBigint},
                 {"calls_executed", kBigint},
                 {"mean_return_bps", kDouble},
                 {"median_return_bps", kDouble},
                 {"stop_out_rate", kDouble},
                 {"losing_stop_rate", kDouble},
                 {"mean_time_exposed_ms", kDouble},
                 {"mean_tail_capture", kDouble},
                 {"mean_mae_bps", kDouble},
                 {"median_mae_bps", kDouble},
                 {"p05_mae_bps", kDouble}});
    table.add_row({run_id, policy_id, counts.selected, counts.eligible, counts.excluded, a.trades,
                   a.mean_return_bps, a.median_return_bps, a.stop_out_rate, a.losing_stop_rate,
                   a.mean_time_exposed_ms, a.mean_tail_capture, a.mean_mae_bps, a.median_mae_bps,
                   a.p05_mae_bps});
    return table;
}

}  // namespace daybook::backtest
