// Where producers put their events.
//
// A producer of runs takes an EventSink& and so needs no log: the ledger is one, and a test
// collects events in memory with another.
#pragma once

#include <optional>
#include <string_view>

#include "base/strong.h"
#include "daybook/durability.h"
#include "daybook/result.h"
#include "event/event_id.h"
#include "event/events.h"

namespace daybook::event {

// The acknowledgement of one event.
struct Receipt {
    EventId event_id;
    // What was promised: never less than what was asked for.
    Durability durability = Durability::kProcess;
    // FailurePolicy::kKeep: it is lost, because of what is wrong in itself, and counted.
    bool is_dropped = false;
};

struct EmitOptions {
    // Unset: the default of the event's type.
    std::optional<Durability> durability{};
    // Unset: the time at which the event is accepted.  Set (imports): written unchanged.
    std::optional<TimestampMs> timestamp{};
};

// Implementations are safe to call from all threads.
class EventSink {
public:
    virtual ~EventSink() = default;

    // Accepts one event of `run_id`.  Everything borrowed by `payload` may go once this returns.
    // Errors: kInvalidArgument (a value that JSON cannot hold, a name over its limit; nothing was
    // written), kLimit, and those of the device, which leave the log as it was.
    virtual Result<Receipt> emit(std::string_view run_id, const Payload& payload,
                                 const EmitOptions& options = {}) = 0;
};

}  // namespace daybook::event
