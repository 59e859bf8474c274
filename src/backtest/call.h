// A call: somebody named an asset at a time.
#pragma once

#include <cstdint>
#include <string>

namespace daybook::backtest {

struct Call {
    std::string id;
    std::string caller;
    std::string mint;   // the asset's symbol
    std::string chain;  // empty if there is none
    std::int64_t created_at_ms = 0;
    bool operator==(const Call&) const = default;
};

}  // namespace daybook::backtest
