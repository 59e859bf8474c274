// The rows of a run's artifacts; see docs/formats/artifacts.md for their columns.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "artifact/table.h"
#include "backtest/call_counts.h"
#include "backtest/inputs.h"
#include "backtest/prepared.h"
#include "backtest/results.h"
#include "backtest/splits.h"

namespace daybook::backtest {

// What the rows of all tables have in common.
struct TableContext {
    std::string run_id;
    const Inputs& inputs;
    const std::vector<PreparedCall>& calls;
    Interval interval;

    // The same with calls that see other bars; they must outlive it.
    TableContext with(const std::vector<PreparedCall>& others) const {
        return {run_id, inputs, others, interval};
    }
};

// Every selected call, or each of `which`: its window, and whether it takes part.
artifact::Table alerts_table(const TableContext& context);
artifact::Table alerts_table(const TableContext& context, std::span<const std::size_t> which);
// The calls that were left out, and why.
artifact::Table excluded_table(const TableContext& context);
// A row an eligible call, nulls and the reason where it has no anchor.
artifact::Table paths_table(const TableContext& context, const PathResults& results);
// A row a trade.
artifact::Table trades_table(const TableContext& context, const std::string& policy_id,
                             const TradeResults& results);
// A row a split and call: whether it was chosen or tested on, or why neither.  Calls that cannot be
// entered are in no split.
artifact::Table splits_table(const TableContext& context, std::span<const Split> splits);
// One row: the aggregates.
artifact::Table summary_table(const std::string& run_id, const CallCounts& counts,
                              const PathAggregates& aggregates);
artifact::Table summary_table(const std::string& run_id, const std::string& policy_id,
                              const CallCounts& counts, const TradeAggregates& aggregates);

// A position whose bars ended before its window did.  One that was closed before has seen no end.
bool is_truncated(const Trade& trade, const PreparedCall& call);

}  // namespace daybook::backtest
