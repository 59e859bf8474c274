// What each policy of a search may see of each call.
//
// A search loads the windows that its longest hold needs:
//
//     ├── the window of a fixed stop: --max-hold ──┤
//     ├── the window of a time stop of 48 h ────────────────────────────┤  loaded, judged, purged
//
// Each policy trades inside the window that it would have on its own, so that its trades do not
// hang on which others are tried beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backtest/inputs.h"
#include "backtest/policy.h"
#include "backtest/prepared.h"

namespace daybook::backtest {

// Immutable; safe to use from all threads.  The calls are borrowed.
class PolicyWindows {
public:
    // `spec` is that of the windows of `inputs`, but for the hold; `calls` are those of `inputs`.
    PolicyWindows(const Inputs& inputs, const std::vector<PreparedCall>& calls,
                  std::span<const Policy> policies, const WindowSpec& spec);

    // The bars from the call's anchor to the end of the policy's window; none if the call cannot be
    // entered, or only after that window.
    BarsView bars(std::size_t policy, std::size_t call) const;

    // All calls as the policy alone would have them: `trading` and `truncated` are its own.
    std::vector<PreparedCall> calls_of(std::size_t policy) const;

private:
    struct Reach {
        std::uint32_t bars = 0;  // of the call's `trading`
        bool truncated = false;
    };
    std::vector<Reach> reaches(const Inputs& inputs, const WindowSpec& spec) const;

    const std::vector<PreparedCall>& calls_;
    std::vector<std::size_t> hold_of_;         // by policy: index into reaches_
    std::vector<std::vector<Reach>> reaches_;  // by hold, by call
};

}  // namespace daybook::backtest
