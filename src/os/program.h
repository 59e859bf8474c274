// A program that is run in place of ours: what it writes goes through our hands, signals that we
// get are its, and how it ended is known.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::os {

struct ProgramSpec {
    std::vector<std::string> argv;  // argv[0] is looked for in PATH
    // Set beside the environment of this process.
    std::map<std::string, std::string> environment{};
    // Where its output goes, byte for byte: descriptors of ours.
    int out_fd = -1;
    int err_fd = -1;
    // After so long it and its children get SIGTERM.  0: never.
    std::int64_t timeout_ms = 0;
    // So long after SIGTERM of a timeout they get SIGKILL (0: 10 s); if it is set, also the program
    // that does not end after a signal that asks it to.
    std::int64_t kill_after_ms = 0;
};

enum class OutputStream { kOut, kErr };

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
    bool timed_out = false;
    // Children that outlive it still hold its output, and were not waited for.
    bool left_open = false;
    // Processes that a timeout could not end: they have been sent SIGKILL.
    std::size_t left_alive = 0;
    // Why output could not be passed on; a reader that has gone away is no error.  Not known yet
    // where ProgramHost::ended is called.
    std::optional<Error> output_error{};
    ResourceUse use{};
};

// What the one who runs a program wants to be told.  Each may be empty.
struct ProgramHost {
    // It has been started, and was not waited for yet: /proc knows it.  Signals wait until
    // this returns, and threads that are started here get none.
    std::function<void(std::int64_t pid)> started{};
    // What it writes, as it comes: any bytes, cut anywhere.  From threads, one call at a time.
    std::function<void(OutputStream, std::string_view)> output{};
    // Called when it has ended and all that it wrote has been seen, before the rest of that is
    // passed on: a reader may take its time, or never look again.  On the caller's thread.
    std::function<void(const ProgramEnd&)> ended{};
};

// Runs the program to its end, with this process's standard input.
//
// SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1 and SIGUSR2 that are sent to this process are sent on;
// those that a terminal sends reach the program by themselves.  A signal that this process was
// started with as ignored stays ignored, there too.
//
// If the reader of `out_fd` goes away the program finds its own output closed, as it would without
// us.  Output that children write after the program has ended is waited for as long as it comes
// without a pause, and no longer than a second.  What the program itself wrote is passed on however
// long its reader takes, until an interrupt (os/interrupt.h) comes; after a timeout a reader that
// takes nothing for `kill_after_ms` is given up.  Then `output_error` says how much is lost.
//
// With a timeout this process adopts what the program's processes leave behind (AdoptOrphans), so
// that the timeout reaches it, and waits for all children of the calling thread, which is to be the
// first of the process.
//
// Blocks these signals in the calling thread until the program has ended, and starts threads: the
// caller must be the only one.  An error: it was not started.  kNotFound: there is no such program;
// kCancelled: an interrupt had arrived before.
Result<ProgramEnd> run_program(const ProgramSpec& spec, const ProgramHost& host);

// "SIGTERM".
std::string signal_name(int signal);

}  // namespace daybook::os
