// Events for rigs that write to a log directly, without a ledger.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/strong.h"
#include "log/writer.h"

namespace daybook::testing {

// For drafts whose time stands in the text already.
class NoStamp final : public log::Stamper {
public:
    void stamp(std::size_t, std::span<char>, TimestampMs) override {}
};

// The draft of an event, with so many bytes of padding.
inline std::string draft_text(std::string_view event_id, TimestampMs time, std::size_t padding) {
    return fmt::format(
        R"({{"event_type":"trial.recorded","event_id":"{}","timestamp_ms":{},"run_id":"r",)"
        R"("padding":"{}")",
        event_id, time.value(), std::string(padding, static_cast<char>('a' + padding % 26)));
}

// The event that a line holds; empty if it has none.
inline std::string event_id_of(std::string_view line) {
    constexpr std::string_view kKey = R"("event_id":")";
    const std::size_t at = line.find(kKey);
    if (at == std::string_view::npos) return "";
    const std::string_view rest = line.substr(at + kKey.size());
    return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace daybook::testing
