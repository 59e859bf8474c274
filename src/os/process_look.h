// What can be seen of another process of this machine: facts, without a verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::os {

struct ProcessLook {
    // A process of this number is there, as seen from this process's pid namespace.
    bool exists = false;
    // It has ended, and only waits for its parent to ask how (a zombie).
    bool ended = false;
    // Clock ticks from boot to its start; nullopt: not to be seen (another user's process where
    // /proc is mounted with hidepid).
    std::optional<std::int64_t> start_ticks{};
    std::int64_t parent = 0;  // its parent's number; 0: not to be seen, or none
    bool operator==(const ProcessLook&) const = default;
};

ProcessLook look_at_process(std::int64_t pid);

// What the system calls the program of a process, cut to 15 bytes: "python3"; empty: not to be
// seen.
std::string process_name(std::int64_t pid);

// What the content of /proc/PID/stat says.
ProcessLook look_from_stat(std::string_view stat);

}  // namespace daybook::os
