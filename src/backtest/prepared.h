// Each call with the bars it may look at, and whether it takes part.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/bars.h"
#include "backtest/coverage.h"
#include "backtest/inputs.h"

namespace daybook::backtest {

// One call of Inputs, by its index; the bars are borrowed from there.
struct PreparedCall {
    BarsView window;   // all bars of its window, warm-up included
    BarsView trading;  // from its anchor on; empty if there is none
    Coverage coverage;
    // Eligible, but without a price to start from: "no_anchor".  Else empty.
    std::string_view no_entry;

    bool eligible() const { return !coverage.exclusion; }
    bool can_enter() const { return eligible() && no_entry.empty(); }
};

// Finds the bars of every call and judges them.
std::vector<PreparedCall> prepare_calls(const Inputs& inputs, const InputOptions& options);

}  // namespace daybook::backtest
