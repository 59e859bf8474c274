// The signals of a service, as something to wait for (os/wake.h) in place of handlers.
#pragma once

#include <optional>

#include "base/result.h"
#include "os/file.h"

namespace daybook::os {

enum class StopSignal {
    kStop,   // SIGTERM, SIGINT
    kHangUp  // SIGHUP: the terminal has gone, or somebody wants a configuration read again
};

class StopSignals {
public:
    // From now on these signals only make fd() readable.  To be called before any other thread is
    // started: what a thread does with signals it has from the one that started it.  For ever.
    static Result<StopSignals> block();

    // The next signal that has arrived; nullopt: none.  Never waits.
    std::optional<StopSignal> take() const;
    int fd() const { return fd_.get(); }

private:
    explicit StopSignals(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// Ends the process at once, threads and all, without destructors: what is on disk survives that by
// design, and a thread in the middle of long work cannot be asked.
[[noreturn]] void end_process(int exit_code);

}  // namespace daybook::os
