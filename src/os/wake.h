// Sleeping until something happens: descriptors that become readable, and one that a thread can
// make so.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "os/file.h"

namespace daybook::os {

// Wakes a thread that sleeps in wait_readable().  All functions may be called from all threads.
class WakeUp {
public:
    static Result<WakeUp> make();

    // Makes fd() readable until the next take().  Never waits.
    void signal() const;
    // Whether there was a signal since the last call.
    bool take() const;
    int fd() const { return fd_.get(); }

private:
    explicit WakeUp(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

// Sleeps until one of `fds` is readable, or `timeout_ms` has passed (below 0: for ever); which of
// them are.  A signal may end it early.
Result<std::vector<bool>> wait_readable(std::span<const int> fds, std::int64_t timeout_ms);

}  // namespace daybook::os
