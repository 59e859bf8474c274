// Passes the output of a program on, on a thread of its own; for program.cc.
//
//     program ──▶ pipe ──▶ seen, and pending ──▶ the reader, as fast as it takes it
//
// While the program runs it is read no faster than its reader takes it.  When it has ended all that
// it has written is read at once, so that it is known before the reader has it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "os/file.h"
#include "os/output_sink.h"
#include "os/wake.h"

namespace daybook::os {

class OutputPump {
public:
    // Copies what comes from `from` to the descriptor `to`, and tells `seen`.  `ended`, which must
    // outlive it, wakes it when the program has ended.
    OutputPump(UniqueFd from, int to, std::function<void(std::string_view)> seen,
               const WakeUp& ended);
    ~OutputPump();
    OutputPump(const OutputPump&) = delete;
    OutputPump& operator=(const OutputPump&) = delete;

    // After the end, a reader that takes nothing for so long gets no more.  Without it only an
    // interrupt (os/interrupt.h) gives a reader up.  To be called before `ended` is signalled.
    void set_patience(std::int64_t ms) { patience_ms_ = ms; }
    // Waits until what the program has written has been seen; left_open() is known then.
    void wait_until_read();
    // Waits until it has been passed on, too; error() is known then.
    void join();
    bool left_open() const { return left_open_; }
    const std::optional<Error>& error() const { return error_; }

private:
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    void run();
    void wait();
    void note_end();
    bool wants_input() const;
    void take();
    void stop_reading();
    void stop_reading_if_left_open();
    void pass_on();
    void drop_pending();
    void give_up_a_reader_that_stalls();
    std::string_view pending() const { return std::string_view(pending_).substr(passed_on_); }

    UniqueFd from_;  // closed: nothing more is read
    OutputSink sink_;
    std::function<void(std::string_view)> seen_;
    const WakeUp& ended_;
    std::atomic<std::int64_t> patience_ms_ = kNever;
    std::vector<char> buffer_;
    std::string pending_;  // read, and not passed on from passed_on_ on
    std::size_t passed_on_ = 0;
    bool is_readable_ = false;
    // When the program has ended:
    bool has_ended_ = false;
    std::int64_t owed_bytes_ = 0;  // that it has written, and which have not been read
    std::int64_t last_read_ms_ = 0;
    std::int64_t read_until_ms_ = 0;
    std::int64_t last_passed_on_ms_ = 0;
    bool left_open_ = false;
    std::optional<Error> error_;
    std::promise<void> read_;
    std::future<void> read_done_ = read_.get_future();
    std::thread thread_;  // the last member: it uses the others
};

}  // namespace daybook::os
