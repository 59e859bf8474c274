#include "server/daemon_log.h"

#include "base/calendar.h"
#include "base/text.h"
#include "ledger/document_json.h"
#include "os/file.h"

namespace daybook::server {
namespace {

constexpr std::size_t kMessageBytesMax = 4096;

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug: return "debug";
        case LogLevel::kInfo: return "info";
        case LogLevel::kWarning: return "warning";
        case LogLevel::kError: return "error";
    }
    return "";
}

}  // namespace

std::string encode_log_line(TimestampMs time, LogLevel level, std::string_view message, bool json) {
    if (json) {
        return fmt::format(R"({{"time":"{}","level":"{}","message":{}}})"
                           "\n",
                           to_iso8601(time), name_of(level),
                           ledger::json_string(message.substr(0, kMessageBytesMax)));
    }
    return fmt::format("{} {:<7} {}\n", to_iso8601(time), name_of(level),
                       printable(message, kMessageBytesMax));
}

void DaemonLog::write(LogLevel level, std::string_view message) const {
    const std::string line = encode_log_line(options_.clock->now(), level, message, options_.json);
    // Who closes standard error wants to hear nothing.
    (void)os::write_all(options_.fd, line, "standard error");
}

}  // namespace daybook::server
