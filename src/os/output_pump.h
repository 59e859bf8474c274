// Passes the output of a program on, on a thread of its own; for program.cc.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "os/file.h"
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

    // Waits until it has finished; what follows may be asked afterwards.
    void join();
    bool left_open() const { return left_open_; }
    const std::optional<Error>& error() const { return error_; }

private:
    void run();
    bool take(std::span<char> buffer);
    // False: nobody reads what is written there.
    bool pass_on(std::string_view bytes);

    UniqueFd from_;
    int to_;
    std::function<void(std::string_view)> seen_;
    const WakeUp& ended_;
    bool left_open_ = false;
    std::optional<Error> error_;
    std::thread thread_;  // the last member: it uses the others
};

}  // namespace daybook::os
