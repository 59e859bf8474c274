// What the daemon says on standard error: one line a message, with its time and level.
//
//     2026-01-23T09:15:00.250Z info    listening on http://127.0.0.1:7723
//     {"time":"2026-01-23T09:15:00.250Z","level":"info","message":"listening on …"}
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/clock.h"

namespace daybook::server {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct DaemonLogOptions {
    bool verbose = false;  // debug messages, too
    bool json = false;
    int fd = 2;
    const Clock* clock = &system_clock();
};

// Safe to use from all threads: a line is one write.
class DaemonLog {
public:
    explicit DaemonLog(const DaemonLogOptions& options) : options_(options) {}

    template <typename... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) const {
        if (options_.verbose) {
            write(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
        }
    }
    template <typename... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
    }
    template <typename... Args>
    void warn(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
    }
    template <typename... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
    }

private:
    void write(LogLevel level, std::string_view message) const;

    DaemonLogOptions options_;
};

// The line, with its newline.
std::string encode_log_line(TimestampMs time, LogLevel level, std::string_view message, bool json);

}  // namespace daybook::server
