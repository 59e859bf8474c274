// Exit policies: when a position that a call opened is closed again.
//
// Fractions, not per cent: 0.2 is 20 %.  A Policy that parse_policy() or check_policy() has
// accepted is valid; the engine takes no other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace daybook::backtest {

struct FixedStop {
    double stop_pct = 0;                    // (0, 1]
    std::optional<double> take_profit_pct;  // > 0
    bool operator==(const FixedStop&) const = default;
};

struct TimeStop {
    std::int64_t max_hold_ms = 0;           // > 0
    std::optional<double> take_profit_pct;  // > 0
    bool operator==(const TimeStop&) const = default;
};

struct TrailingStop {
    double activation_pct = 0;            // > 0
    double trail_pct = 0;                 // (0, 1]
    std::optional<double> hard_stop_pct;  // (0, 1]
    bool operator==(const TrailingStop&) const = default;
};

struct LadderLevel {
    double multiple = 0;  // > 1, of the entry price
    double fraction = 0;  // (0, 1], of the original position
    bool operator==(const LadderLevel&) const = default;
};

struct Ladder {
    std::vector<LadderLevel> levels;  // at least one; the fractions sum to at most 1
    std::optional<double> stop_pct;   // (0, 1]
    bool operator==(const Ladder&) const = default;
};

struct Policy;

// Runs each of its policies; the one with the earliest exit wins whole.
struct Combo {
    std::vector<Policy> policies;  // at least one
    bool operator==(const Combo&) const;
};

struct Policy {
    std::variant<FixedStop, TimeStop, TrailingStop, Ladder, Combo> kind;
    bool operator==(const Policy&) const = default;
};

// "fixed_stop", "time_stop", "trailing_stop", "ladder" or "combo".
std::string_view kind_name(const Policy& policy);

// The policy's name wherever trials are listed: its kind and parameters in declared order, numbers
// as their shortest decimals that read back the same, `none` for what is absent:
//
//     fixed_stop_0.2_none    trailing_stop_0.2_0.1_0.25    ladder_2x0.5-3x0.3_0.2
//     combo_(fixed_stop_0.2_none)_(time_stop_60000_none)
//
// An id of more than 256 bytes is replaced by its kind and its XXH3-128, since names have a limit.
std::string policy_id(const Policy& policy);

// The longest max_hold_ms anywhere in the policy; 0 if it has none.
std::int64_t longest_hold_ms(const Policy& policy);

// Reads a policy from JSON text:
//     {"kind":"ladder","levels":[{"multiple":2,"fraction":0.5}],"stopPct":0.2}
// Unknown kinds and keys are refused with the nearest known name, values with their JSON pointer,
// what was found and what was expected; malformed JSON with its line and column.
Result<Policy> parse_policy(std::string_view json);

// Refuses a policy, filled in by hand, that parse_policy() would not have given.
Status check_policy(const Policy& policy);

// The policy as JSON text that parse_policy() reads; absent parameters are left out.
std::string to_json(const Policy& policy);

}  // namespace daybook::backtest
