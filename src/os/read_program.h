// What a program writes, read to its end or to a deadline.
//
// Made for libraries: it may be called from any thread of any host.  The host's handler of SIGCHLD,
// or its ignoring that signal, makes no difference; the program gets none of the host's descriptors
// and none of its signals; a fork of the host meanwhile holds nothing up.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace daybook::os {

struct ProgramQuestion {
    std::vector<std::string> argv;           // argv[0] is looked for in PATH of `environment`
    std::vector<std::string> environment{};  // "NAME=value": all that it gets
    std::string directory{};                 // where it runs
    std::size_t bytes_max = 0;               // of its output
    std::int64_t deadline_ns = 0;            // on the monotonic clock
    // Once another thread sets it, that is the deadline.  May be null.
    const std::atomic<bool>* given_up = nullptr;
};

struct ProgramAnswer {
    enum class End {
        kExited,
        kLate,     // killed at the deadline, or given up
        kTooLong,  // killed when it wrote more than `bytes_max`
    };
    End end = End::kExited;
    int exit_code = 0;  // of kExited; 127: there is no such program
    std::string out{};  // whole only if it has exited
    std::string err{};  // its beginning
};

// Runs the program with /dev/null as its standard input, in a process group of its own.  Errors:
// no process to be had, or one that was killed by somebody else.
Result<ProgramAnswer> read_program(const ProgramQuestion& question,
                                   const Clock& clock = system_clock());

}  // namespace daybook::os
