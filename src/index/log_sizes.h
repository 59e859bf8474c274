// How large the log is, for those who may not look at it themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::index {

struct PartSize {
    std::string name;  // as in index_parts
    std::uint64_t bytes = 0;
};

// Every part of the log below `root`, by day and number.
Result<std::vector<PartSize>> log_sizes(const std::string& root);

}  // namespace daybook::index
