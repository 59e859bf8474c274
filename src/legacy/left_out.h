// What of an old file is in no event: whoever deletes the file loses it.
#pragma once

#include <string>

namespace daybook::legacy {

struct LeftOut {
    std::string table{};  // "optimizer.trials_f"
    std::string what{};   // "no rule of the mapping reads its 3 rows"
    bool operator==(const LeftOut&) const = default;
};

}  // namespace daybook::legacy
