// What differs between two runs: a pure function of what was recorded of each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::cli {

// One field that is not the same.  Values are JSON; empty: the run does not have it.
struct FieldDifference {
    std::string field{};  // a JSON pointer
    std::string a{};
    std::string b{};
    // Of numbers: b - a, and that in percent of |a| where a is not 0.
    std::optional<double> change{};
    std::optional<double> percent{};
    bool operator==(const FieldDifference&) const = default;
};

// One part of what a run is: code, configuration, data, environment, results.
struct PartDifference {
    std::string part{};
    std::size_t fields = 0;  // that either run has
    std::vector<FieldDifference> differences{};
    bool operator==(const PartDifference&) const = default;
};

// The leaves of two JSON objects that differ, in the order of `a`, then of what only `b` has.
// What is no JSON object has no fields.
PartDifference compare_documents(std::string_view part, std::string_view a, std::string_view b);

// What a diff does, in a few words: "2 files, +10 -3".
std::string summarise_diff(std::string_view diff);

}  // namespace daybook::cli
