#include "os/output_pump.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/clock.h"
#include "os/error.h"
#include "os/interrupt.h"

namespace daybook::os {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;
// How long children that outlive the program may pause before their output is given up, how long
// they may go on at all, and how much of it may wait for a reader.
constexpr std::int64_t kPauseMs = 100;
constexpr std::int64_t kAfterEndMs = 1000;
constexpr std::size_t kPendingBytesMax = std::size_t{16} << 20;
// How often time and interrupts are looked at when the program has ended.
constexpr int kLookMs = 50;

std::int64_t now_ms() { return system_clock().monotonic_ns() / 1'000'000; }

}  // namespace

OutputPump::OutputPump(UniqueFd from, int to, std::function<void(std::string_view)> seen,
                       const WakeUp& ended)
    : from_(std::move(from)),
      sink_(to),
      seen_(std::move(seen)),
      ended_(ended),
      buffer_(kBufferBytes),
      thread_([this] { run(); }) {}

OutputPump::~OutputPump() { join(); }

void OutputPump::wait_until_read() { read_done_.wait(); }

void OutputPump::join() {
    if (thread_.joinable()) thread_.join();
}

void OutputPump::run() {
    while (from_.valid() || !pending().empty()) {
        wait();
        if (from_.valid() && is_readable_) take();
        if (from_.valid() && has_ended_) stop_reading_if_left_open();
        pass_on();
        if (has_ended_) give_up_a_reader_that_stalls();
    }
}

// Sleeps until there is something to do.
void OutputPump::wait() {
    std::array<pollfd, 3> fds = {pollfd{wants_input() ? from_.get() : -1, POLLIN, 0},
                                 pollfd{pending().empty() ? -1 : sink_.fd(), POLLOUT, 0},
                                 pollfd{has_ended_ ? -1 : ended_.fd(), POLLIN, 0}};
    // Only a signal can make it fail, and then nothing is ready.
    const int ready = ::poll(fds.data(), fds.size(), has_ended_ ? kLookMs : -1);
    is_readable_ = ready > 0 && fds[0].revents != 0;
    if (ready > 0 && fds[2].revents != 0) note_end();
}

void OutputPump::note_end() {
    has_ended_ = true;
    last_read_ms_ = last_passed_on_ms_ = now_ms();
    read_until_ms_ = last_read_ms_ + kAfterEndMs;
    int bytes = 0;
    if (from_.valid() && ::ioctl(from_.get(), FIONREAD, &bytes) == 0) owed_bytes_ = bytes;
}

bool OutputPump::wants_input() const {
    if (!from_.valid()) return false;
    if (!has_ended_) return pending().empty();
    return owed_bytes_ > 0 || pending().size() < kPendingBytesMax;
}

// One read.
void OutputPump::take() {
    const ssize_t count = ::read(from_.get(), buffer_.data(), buffer_.size());
    if (count < 0 && errno == EINTR) return;
    if (count < 0) error_ = errno_error(errno, "read", "the program's output");
    if (count <= 0) return stop_reading();
    const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
    if (!error_) pending_ += bytes;
    owed_bytes_ = std::max<std::int64_t>(owed_bytes_ - count, 0);
    const std::int64_t begun_ms = now_ms();
    seen_(bytes);
    last_read_ms_ = now_ms();
    // What holds us up is no fault of those who write.
    read_until_ms_ += last_read_ms_ - begun_ms;
}

void OutputPump::stop_reading() {
    from_.reset();
    read_.set_value();
}

// Of children that outlive the program.
void OutputPump::stop_reading_if_left_open() {
    if (owed_bytes_ > 0) return;
    const std::int64_t now = now_ms();
    const bool has_paused = !is_readable_ && now - last_read_ms_ >= kPauseMs;
    const bool has_time = now < read_until_ms_ && !interrupted();
    if (!has_paused && has_time && pending().size() < kPendingBytesMax) return;
    left_open_ = true;
    stop_reading();
}

void OutputPump::pass_on() {
    while (!pending().empty()) {
        const Result<std::size_t> written = sink_.write_some(pending());
        // A full disk ends neither the program nor its record.
        if (!written) error_ = written.error();
        if (!written || !sink_.has_reader()) drop_pending();
        if (!sink_.has_reader() && from_.valid()) stop_reading();
        if (!written || *written == 0) return;
        passed_on_ += *written;
        last_passed_on_ms_ = now_ms();
    }
    drop_pending();
}

void OutputPump::drop_pending() {
    pending_.clear();
    passed_on_ = 0;
}

void OutputPump::give_up_a_reader_that_stalls() {
    if (pending().empty()) return;
    const std::int64_t waited_ms = now_ms() - last_passed_on_ms_;
    if (!interrupted() && waited_ms < patience_ms_) return;
    error_ = Error(
        ErrorCode::kCancelled,
        fmt::format(
            "pass on the program's output: its last {} bytes are not taken: {}", pending().size(),
            interrupted() ? "interrupted" : fmt::format("its reader waits for {} ms", waited_ms)));
    drop_pending();
}

}  // namespace daybook::os
