// A program that is run in place of ours: what it writes goes through our hands, signals that we
// get are its, and how it ended is known.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::os {

struct ProgramSpec {
    std::vector<std::string> argv;  // argv[0] is looked for in PATH
    // Set beside the environment of this process.
    std::map<std::string, std::string> environment{};
};

enum class OutputStream { kOut, kErr };

// Called with what the program writes, as it comes: any bytes, cut anywhere.
using OutputSink = std::function<void(OutputStream, std::string_view)>;

// What the program, and those of its children that it has waited for, have used.
struct ResourceUse {
    std::int64_t user_ms = 0;
    std::int64_t system_ms = 0;
    std::int64_t peak_bytes = 0;  // resident, of the largest process
    std::int64_t read_bytes = 0;  // from disks, not from the page cache
    std::int64_t written_bytes = 0;
    std::int64_t context_switches = 0;
};

struct ProgramEnd {
    int exit_code = 0;  // 128 + signal, if one has ended it
    int signal = 0;     // 0: it has ended by itself
    // A signal that asked this process to stop (SIGINT, SIGTERM, SIGHUP, SIGQUIT); 0: none came.
    int stopped_by = 0;
    ResourceUse use{};
};

// Runs the program to its end, with this process's standard input.  SIGTERM, SIGHUP, SIGINT,
// SIGQUIT, SIGUSR1 and SIGUSR2 that are sent to this process are sent on; those that a terminal
// sends reach the program by themselves.  Output that children of the program write after it has
// ended is waited for as long as it comes without a pause.
//
// Blocks these signals in the calling thread, which must be the only one.  kNotFound,
// kPermissionDenied: the program cannot be started.
Result<ProgramEnd> run_program(const ProgramSpec& spec, const OutputSink& sink);

}  // namespace daybook::os
