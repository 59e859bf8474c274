// What the acknowledgement of an event promises.
#pragma once

namespace daybook {

enum class Durability {
    // Accepted, not acknowledged: in memory, written within 50 ms or 64 KiB, on flush() and at
    // exit;
    // lost if the process is killed.
    kBuffered,
    // The kernel has the bytes: any process may die and the event stays.
    kProcess,
    // fdatasync has returned: power may fail and the event stays.
    kPower,
};

// "buffered", "process" or "power".
constexpr const char* to_string(Durability durability) {
    switch (durability) {
        case Durability::kBuffered: return "buffered";
        case Durability::kProcess: return "process";
        case Durability::kPower: return "power";
    }
    return "";
}

}  // namespace daybook
