// The JSON documents of a run: its configuration, the output_summary of its phases, its summary.
// All keys are snake_case; the schemas are schemas/documents/backtest_*.json.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "artifact/run_store.h"
#include "backtest/call_counts.h"
#include "backtest/inputs.h"
#include "backtest/options.h"
#include "backtest/results.h"
#include "base/result.h"

namespace daybook::backtest {

// Everything that determines the rows of a run, data and program apart.
std::string config_json(const PathOnlyOptions& options);
std::string config_json(const PolicyOptions& options);

// The part of a configuration that says which calls and candles are read, and how.
std::string input_config_json(const InputOptions& input, Execution execution);

// `config` as it is recorded of a run on made-up candles: with `"synthetic": true`.
std::string mark_synthetic(const std::string& config);

// Nothing if both configurations say the same; else an error that names the first difference.
Status check_same_config(const std::string& recorded, const std::string& wanted);

std::string plan_summary(const Inputs& inputs, std::int64_t inputs_ms);
std::string coverage_summary(const CallCounts& counts);
// Of a phase that stored these: slice, store.
std::string stored_summary(const std::vector<artifact::Stored>& stored);
std::string load_summary(std::int64_t symbols, std::int64_t bars);
std::string compute_summary(std::int64_t measured);
std::string execute_summary(std::int64_t trades, std::int64_t bar_steps);

// Of a policy's trial, and of the phase that computes them.
std::string metrics_json(const TradeAggregates& aggregates, const CallCounts& counts);

// Who and on what: the beginning of a run's summary.
struct SummaryHead {
    std::string run_id;
    std::string run_type;
    std::string data_fingerprint;
    bool synthetic = false;  // the candles were made up
};
std::string head_json(const SummaryHead& head, const CallCounts& counts);
std::string summary_json(const SummaryHead& head, const CallCounts& counts,
                         const PathAggregates& aggregates);
std::string summary_json(const SummaryHead& head, const CallCounts& counts,
                         const std::string& policy_id, const TradeAggregates& aggregates,
                         const std::map<std::string_view, std::int64_t>& exit_reasons,
                         const std::optional<OrderCounts>& orders = std::nullopt);

// {"trades": "artifacts/runs/…/trades.parquet", …}
std::string artifact_paths_json(const std::vector<artifact::Stored>& stored);

}  // namespace daybook::backtest
