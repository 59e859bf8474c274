// Says which indexes are attached, as what reads old files does.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "query/extra_source.h"

namespace daybook::testing {

class NamedIndexes final : public query::ExtraSource {
public:
    Result<query::ExtraIndexes> refresh(const std::string&, const query::ExtraOptions&) override {
        ++asked;
        return on_ask();
    }

    // Called from the threads that ask.
    std::function<query::ExtraIndexes()> on_ask;
    std::atomic<int> asked{0};
};

}  // namespace daybook::testing
