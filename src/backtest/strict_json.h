// What readers of policies and of spaces of policies share: JSON that is refused where anything
// about it is doubtful, and the ranges of a policy's parameters.
//
// `subject` begins every message ("policy", "space"), and `pointer` is the JSON pointer of the
// value looked at, empty for the top.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "backtest/policy.h"
#include "base/result.h"

namespace daybook::backtest {

// A range that a number must lie in, and its words for messages.
struct NumberRange {
    double above;
    double most;
    std::string_view words;
    bool whole = false;
};
inline constexpr std::int64_t kHoldMsMax = std::int64_t{100} * 366 * 86'400'000;
inline constexpr NumberRange kFraction{0, 1, "a fraction above 0 and at most 1"};
inline constexpr NumberRange kPositive{0, HUGE_VAL, "a number above 0"};
inline constexpr NumberRange kMultiple{1, HUGE_VAL, "a number above 1"};
inline constexpr NumberRange kHoldMs{0, static_cast<double>(kHoldMsMax),
                                     "a whole number of ms from 1 to 3162240000000 (100 years)",
                                     true};
inline constexpr std::string_view kLevelsWords = "a list of at least one {multiple, fraction}";

// Reads JSON whose objects keep the order of their keys.  Malformed JSON is refused with its line
// and column, a key that an object has twice by its name, and what is nested too deep by its byte.
Result<nlohmann::ordered_json> read_strict_json(std::string_view subject, std::string_view json);

// "policy: at /stopPct: found 0, expected a fraction above 0 and at most 1".
tl::unexpected<Error> refuse_value(std::string_view subject, const std::string& pointer,
                                   const nlohmann::ordered_json& found, std::string_view expected);

// A value as messages show it: as JSON, cut if it is long.
std::string found_text(const nlohmann::ordered_json& value);

// Refuses a key of `object` that is not in `known`, with the nearest name that is.
Status check_keys(std::string_view subject, const nlohmann::ordered_json& object,
                  const std::string& pointer, std::span<const std::string_view> known);

Result<double> number_in(std::string_view subject, const nlohmann::ordered_json& value,
                         const std::string& pointer, const NumberRange& range);

// A ladder's levels.
Result<std::vector<LadderLevel>> read_levels(std::string_view subject,
                                             const nlohmann::ordered_json& levels,
                                             const std::string& pointer);

}  // namespace daybook::backtest
