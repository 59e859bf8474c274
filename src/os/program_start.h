// Starting a program whose output and signals are ours to pass on; for program.cc.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "base/result.h"
#include "os/file.h"
#include "os/program.h"

namespace daybook::os {

// Signals that are kept from this thread and read from a descriptor instead, until it is destroyed:
// those that are sent on and SIGCHLD, but none that this process ignores.
class WatchedSignals {
public:
    static Result<WatchedSignals> block();
    WatchedSignals(WatchedSignals&& other) noexcept = default;
    WatchedSignals& operator=(WatchedSignals&&) = delete;
    ~WatchedSignals() { restore(); }

    // Ends it before.
    void restore();
    int fd() const { return fd_.get(); }
    const sigset_t& set() const { return watched_; }

private:
    WatchedSignals(const sigset_t& watched, const sigset_t& before, UniqueFd fd)
        : watched_(watched), before_(before), fd_(std::move(fd)) {}

    sigset_t watched_;
    sigset_t before_;
    UniqueFd fd_;
};

struct StartedProgram {
    pid_t pid = -1;
    // The ends of its output that are read.
    UniqueFd out;
    UniqueFd err;
};

// Starts it with signals as this process found them.
Result<StartedProgram> start_program(const ProgramSpec& spec, const WatchedSignals& signals);

}  // namespace daybook::os
