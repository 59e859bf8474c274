// Spaces: which policies a search tries.
//
//     {"description": "Stops and take profits.",
//      "grids": [{"kind": "fixed_stop", "stopPct": [0.1, 0.2], "takeProfitPct": [1, "none"]}]}
//
// is four policies.  The format is in docs/formats/space.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/policy.h"
#include "base/result.h"

namespace daybook::backtest {

inline constexpr std::size_t kSpacePoliciesMax = 100'000;

// The policies of a space file, in declared order: grid by grid, and within one the last parameter
// changes first.  What is wrong is refused with its JSON pointer, what was found and what was
// expected; so are two equal policies, and more than kSpacePoliciesMax of them.
Result<std::vector<Policy>> parse_space(std::string_view json);

// A space that has a name: that of the file without its ending.
struct Space {
    std::string name;
    std::vector<Policy> policies;
    bool operator==(const Space&) const = default;
};

// The policies of several spaces in the order given, each policy once, at its first place.
struct SearchSpace {
    std::vector<Policy> policies;
    std::vector<std::string> ids;  // policy_id() of each
    std::size_t repeated = 0;      // policies left out because an earlier space has them
};
SearchSpace unite(const std::vector<Space>& spaces);

// `trials` different numbers below `count`, drawn by `seed`: each ordered selection is as likely as
// any other, fewer trials of the same seed are the beginning of more.  `trials` is at most `count`.
std::vector<std::size_t> draw(std::size_t count, std::size_t trials, std::uint64_t seed);

}  // namespace daybook::backtest
