#include "os/output_pump.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "base/clock.h"
#include "os/error.h"

namespace daybook::os {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;
// How long children that outlive the program may pause before their output is given up, and how
// long they may go on at all.
constexpr std::int64_t kPauseMs = 100;
constexpr std::int64_t kAfterEndMs = 1000;

std::int64_t now_ms() { return system_clock().monotonic_ns() / 1'000'000; }

}  // namespace

OutputPump::OutputPump(UniqueFd from, int to, std::function<void(std::string_view)> seen,
                       const WakeUp& ended)
    : from_(std::move(from)), to_(to), seen_(std::move(seen)), ended_(ended), thread_([this] {
          run();
          from_.reset();
      }) {}

OutputPump::~OutputPump() { join(); }

void OutputPump::join() {
    if (thread_.joinable()) thread_.join();
}

void OutputPump::run() {
    std::vector<char> buffer(kBufferBytes);
    std::optional<std::int64_t> until_ms;  // set when the program has ended
    while (true) {
        const std::int64_t left_ms =
            until_ms ? std::max<std::int64_t>(*until_ms - now_ms(), 0) : -1;
        std::array<pollfd, 2> fds = {pollfd{from_.get(), POLLIN, 0},
                                     pollfd{until_ms ? -1 : ended_.fd(), POLLIN, 0}};
        const int ready = ::poll(fds.data(), fds.size(),
                                 static_cast<int>(until_ms ? std::min(kPauseMs, left_ms) : -1));
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) {
            error_ = errno_error(errno, "wait for", "the program's output");
            return;
        }
        if (ready == 0 || left_ms == 0) {
            left_open_ = true;
            return;
        }
        if (fds[1].revents != 0) until_ms = now_ms() + kAfterEndMs;
        if (fds[0].revents != 0 && !take(buffer)) return;
    }
}

// One read; false at the end of the output, and when there is nobody to take it.
bool OutputPump::take(std::span<char> buffer) {
    const ssize_t count = ::read(from_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return true;
    if (count < 0) error_ = errno_error(errno, "read", "the program's output");
    if (count <= 0) return false;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    const bool has_reader = pass_on(bytes);
    seen_(bytes);
    return has_reader;
}

bool OutputPump::pass_on(std::string_view bytes) {
    while (!bytes.empty() && !error_) {
        const ssize_t count = ::write(to_, bytes.data(), bytes.size());
        if (count >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EPIPE) {
            return false;
        } else if (errno == EAGAIN) {
            // Whoever shares this output with us has made it so.
            pollfd room{to_, POLLOUT, 0};
            (void)::poll(&room, 1, -1);
        } else if (errno != EINTR) {
            // A full disk ends neither the program nor its record.
            error_ = errno_error(errno, "pass on", "the program's output");
        }
    }
    return true;
}

}  // namespace daybook::os
