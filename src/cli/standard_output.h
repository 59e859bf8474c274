// Standard output, or a file in its place: buffered, and with its errors kept.
//
// A command prints as if nothing could go wrong and the program asks once, at the end, whether all
// of it arrived: a full disk or a closed pipe must not look like success.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

namespace daybook::cli {

// Not thread-safe.
class StandardOutput {
public:
    // `name` is what errors call it.
    explicit StandardOutput(int fd = 1, std::string name = "standard output")
        : fd_(fd), name_(std::move(name)) {}
    ~StandardOutput() { flush(); }
    StandardOutput(const StandardOutput&) = delete;
    StandardOutput& operator=(const StandardOutput&) = delete;

    void write(std::string_view text);
    template <typename... Args>
    void print(fmt::format_string<Args...> format, Args&&... args) {
        write(fmt::format(format, std::forward<Args>(args)...));
    }
    void flush();

    // After an error everything further is dropped; what makes a lot of output looks here to stop.
    bool failed() const { return error_.has_value(); }
    const std::optional<Error>& error() const { return error_; }
    // The reader of a pipe has gone: no error to talk about.
    bool pipe_closed() const { return pipe_closed_; }

private:
    int fd_;
    std::string name_;
    std::string buffer_;
    std::optional<Error> error_;
    bool pipe_closed_ = false;
};

// Writes to standard error at once; if that fails, there is nobody left to tell.
void write_standard_error(std::string_view text);

}  // namespace daybook::cli
