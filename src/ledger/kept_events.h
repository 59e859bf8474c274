// Events that the log did not take, in memory, for another try.
//
// Bounded: what is too much pushes the oldest out, those that begin or end a run last, because
// without them nothing else of the run makes sense.  An event that is too large by itself is not
// kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "daybook/durability.h"

namespace daybook::ledger {

struct KeptEvent {
    std::string run_id{};
    std::string json{};  // whole, with its id and the time at which it was to be recorded
    std::optional<Durability> durability{};
    bool frames_run = false;  // it begins or ends one
    bool ends_run = false;    // and was made here: it is to say how many of its run are lost
};

// Not thread-safe.
class KeptEvents {
public:
    KeptEvents(std::uint64_t events_max, std::uint64_t bytes_max)
        : events_max_(events_max), bytes_max_(bytes_max) {}

    // Adds an event as the newest; gives those that had to go, which may be this one.
    std::vector<KeptEvent> push(KeptEvent event);

    bool empty() const { return size() == 0; }
    std::size_t size() const { return frames_.size() + others_.size(); }
    // The oldest; there is one.
    const KeptEvent& front() const { return oldest().front().event; }
    KeptEvent pop();

private:
    struct Numbered {
        std::uint64_t number = 0;
        KeptEvent event;
    };
    using Queue = std::deque<Numbered>;

    static std::uint64_t bytes_of(const KeptEvent& event);
    const Queue& oldest() const;
    KeptEvent take(Queue& queue);

    std::uint64_t events_max_;
    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
    std::uint64_t next_number_ = 0;
    Queue frames_;
    Queue others_;
};

}  // namespace daybook::ledger
