// What a seal says about a part's content, gathered from its lines.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "json/envelope.h"
#include "ledger/seal.h"
#include "log/layout.h"

namespace daybook::ledger {

class PartSurvey {
public:
    // Takes note of an event: a whole line, not damaged, with its envelope.  In the part's order.
    void see(const json::Envelope& event) {
        if (events_++ == 0) {
            first_id_ = event.event_id;
            min_ = max_ = event.timestamp;
        }
        last_id_.assign(event.event_id);
        if (event.timestamp < min_) min_ = event.timestamp;
        if (event.timestamp > max_) max_ = event.timestamp;
    }
    // Of a part of `bytes` bytes.
    PartFacts facts(std::uint64_t bytes) const;

private:
    std::uint64_t events_ = 0;
    std::string first_id_;
    std::string last_id_;
    TimestampMs min_;
    TimestampMs max_;
};

// Reads the first `bytes` bytes of a part.  Holds one block and one line at a time.
Result<PartFacts> survey_part(const log::Layout& layout, const log::PartId& part,
                              std::uint64_t bytes);

// How the content differs from what was sealed: "it has 5 events, the seal says 6"; empty if it
// does not.
std::string facts_difference(const PartFacts& found, const PartFacts& sealed);

}  // namespace daybook::ledger
