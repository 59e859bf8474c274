// For events that come with their ids and times.
#pragma once

#include <cstddef>
#include <span>

#include "base/strong.h"
#include "log/writer.h"

namespace daybook::log {

class NothingToStamp final : public Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

}  // namespace daybook::log
