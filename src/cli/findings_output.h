// What a look at a log has found, as `verify` and `adopt` print it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/context.h"
#include "ledger/verify_finding.h"

namespace daybook::cli {

struct FindingsDocument {
    // "events": 3, in this order.
    std::vector<std::pair<std::string_view, std::uint64_t>> totals{};
    const std::vector<ledger::VerifyFinding>& findings;
    // Findings that are not among those: how many, by kind.
    std::map<std::string, std::uint64_t> left_out{};
};

// A table, if there are findings; rows; or as JSON one object of the totals, `findings` and, if
// there are any, `left_out`.
void print_findings(const FindingsDocument& document, Context& context);

}  // namespace daybook::cli
