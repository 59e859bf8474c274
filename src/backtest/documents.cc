#include "backtest/documents.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "backtest/document_parts.h"

namespace daybook::backtest {
namespace {

Document nullable_day(const std::optional<Day>& day) {
    return day ? Document(to_string(*day)) : Document(nullptr);
}

Document span(const Span& span) { return {{span.counts_bars() ? "bars" : "ms", span.value()}}; }

Document input_config(const InputOptions& input, Execution execution) {
    return {{"calls", input.calls},
            {"candles", input.candles},
            {"symbol", nullable(input.symbol)},
            {"interval", input.interval.name},
            {"calendar", to_string(calendar_kind(input))},
            {"max_hold", span(input.max_hold)},
            {"warm_up_bars", input.warm_up_bars},
            {"entry_delay", span(input.entry_delay)},
            {"min_coverage", input.min_coverage},
            {"require_full_window", input.require_full_window},
            {"on_bad_data", to_string(input.on_bad_data)},
            {"from", nullable_day(input.from)},
            {"to", nullable_day(input.to)},
            {"execution", to_string(execution)}};
}

Document counts_of(const CallCounts& counts) {
    Document excluded = Document::object();
    for (const auto& [reason, count] : counts.exclusions) excluded[std::string(reason)] = count;
    return {{"calls_selected", counts.selected},
            {"calls_duplicate", counts.duplicates},
            {"calls_eligible", counts.eligible},
            {"calls_excluded", counts.excluded},
            {"excluded", excluded},
            {"calls_without_entry", counts.without_entry},
            {"calls_truncated", counts.truncated},
            {"bars", counts.bars},
            {"bad_bars", counts.bad_bars}};
}

Document head_of(const SummaryHead& head, const CallCounts& counts) {
    Document document = {{"run_id", head.run_id},
                         {"run_type", head.run_type},
                         {"data_fingerprint", head.data_fingerprint}};
    if (head.synthetic) document["synthetic"] = true;
    document.update(counts_of(counts));
    document["note"] = counts.eligible == 0 ? Document("no eligible call") : Document(nullptr);
    return document;
}

}  // namespace

// The parameters of the cost model, and of no other.
Document order_config(const OrderOptions& orders, double taker_fee_bps, double slippage_bps) {
    Document document = {{"taker_fee_bps", taker_fee_bps}};
    if (orders.cost_model == CostModel::kBps) document["slippage_bps"] = slippage_bps;
    document["cost_model"] = to_string(orders.cost_model);
    if (orders.fixed_cost) document["fixed_cost"] = *orders.fixed_cost;
    if (orders.percentage) document["percentage"] = *orders.percentage;
    if (orders.notional) document["notional"] = *orders.notional;
    if (orders.cost_model == CostModel::kSqrtImpact) {
        document["impact_k"] = nullable(orders.impact_k);
        document["impact_min_bps"] = orders.impact_min_bps.value_or(0);
        document["impact_max_bps"] = orders.impact_max_bps.value_or(kImpactMaxBps);
    }
    document["latency_bars"] = orders.latency_bars;
    document["reject_rate"] = orders.reject_rate;
    document["reject_seed"] = orders.reject_seed;
    return document;
}

std::string input_config_json(const InputOptions& input, Execution execution) {
    return dump(input_config(input, execution));
}

std::string head_json(const SummaryHead& head, const CallCounts& counts) {
    return dump(head_of(head, counts));
}

std::string config_json(const PathOnlyOptions& options) {
    Document document = input_config(options.input, options.execution);
    document["activity_move"] = options.activity_move;
    return dump(document);
}

std::string config_json(const PolicyOptions& options) {
    Document document = input_config(options.input, options.execution);
    document["policy"] = Document::parse(to_json(options.policy));
    document["policy_id"] = options.policy_id.value_or(policy_id(options.policy));
    document.update(order_config(options.orders, options.taker_fee_bps, options.slippage_bps));
    return dump(document);
}

std::string mark_synthetic(const std::string& config) {
    Document document = Document::parse(config);
    document["synthetic"] = true;
    return dump(document);
}

Status check_same_config(const std::string& recorded, const std::string& wanted) {
    const auto before = nlohmann::json::parse(recorded, nullptr, false);
    const auto now = nlohmann::json::parse(wanted, nullptr, false);
    if (before == now) return {};
    if (before.is_discarded() || now.is_discarded()) {
        return fail(ErrorCode::kCorrupt, "the recorded configuration is not JSON");
    }
    const nlohmann::json first = nlohmann::json::diff(before, now).at(0);
    const auto at = nlohmann::json::json_pointer(first.at("path").get<std::string>());
    const auto shown = [&](const nlohmann::json& in) {
        return in.contains(at) ? in.at(at).dump() : std::string("nothing");
    };
    return fail(ErrorCode::kInvalidArgument, "config {}: found {}, the run was made with {}",
                at.to_string(), shown(now), shown(before));
}

std::string plan_summary(const Inputs& inputs, std::int64_t inputs_ms) {
    std::int64_t planned = 0;
    for (const auto& window : inputs.windows) planned += window ? window->bars : 0;
    return dump({{"calls_selected", inputs.calls.calls.size()},
                 {"calls_duplicate", inputs.calls.duplicates},
                 {"bars_planned", planned},
                 {"inputs_ms", inputs_ms}});
}

std::string coverage_summary(const CallCounts& counts) { return dump(counts_of(counts)); }

std::string stored_summary(const std::vector<artifact::Stored>& stored) {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    for (const artifact::Stored& file : stored) {
        rows += file.rows;
        bytes += file.size_bytes;
    }
    return dump({{"artifacts", stored.size()}, {"rows", rows}, {"size_bytes", bytes}});
}

std::string load_summary(std::int64_t symbols, std::int64_t bars) {
    return dump({{"symbols", symbols}, {"bars", bars}});
}

std::string compute_summary(std::int64_t measured) { return dump({{"paths", measured}}); }

std::string execute_summary(std::int64_t trades, std::int64_t bar_steps) {
    return dump({{"trades", trades}, {"bar_steps", bar_steps}});
}

std::string metrics_json(const TradeAggregates& aggregates, const CallCounts& counts) {
    Document document = {{"calls_eligible", counts.eligible},
                         {"calls_executed", aggregates.trades},
                         {"calls_excluded", counts.excluded}};
    document.update(aggregates_of(aggregates));
    return dump(document);
}

std::string summary_json(const SummaryHead& head, const CallCounts& counts,
                         const PathAggregates& a) {
    Document document = head_of(head, counts);
    document.update(
        Document({{"paths", a.paths},
                  {"hit_2x_rate", nullable(a.hit_2x_rate)},
                  {"hit_3x_rate", nullable(a.hit_3x_rate)},
                  {"hit_4x_rate", nullable(a.hit_4x_rate)},
                  {"median_peak_multiple", nullable(a.median_peak_multiple)},
                  {"median_dd_bps", nullable(a.median_dd_bps)},
                  {"median_dd_to_2x_bps", nullable(a.median_dd_to_2x_bps)},
                  {"median_alert_to_activity_ms", nullable(a.median_alert_to_activity_ms)}}));
    return dump(document);
}

std::string summary_json(const SummaryHead& head, const CallCounts& counts,
                         const std::string& policy_id, const TradeAggregates& aggregates,
                         const std::map<std::string_view, std::int64_t>& exit_reasons,
                         const std::optional<OrderCounts>& orders) {
    Document document = head_of(head, counts);
    document["policy_id"] = policy_id;
    document["calls_executed"] = aggregates.trades;
    document.update(aggregates_of(aggregates));
    document["exit_reasons"] = Document::object();
    for (const auto& [reason, count] : exit_reasons) {
        document["exit_reasons"][std::string(reason)] = count;
    }
    if (orders) document["orders"] = orders_document(*orders);
    return dump(document);
}

std::string artifact_paths_json(const std::vector<artifact::Stored>& stored) {
    Document document = Document::object();
    for (const artifact::Stored& file : stored) document[file.type] = file.path;
    return dump(document);
}

}  // namespace daybook::backtest
