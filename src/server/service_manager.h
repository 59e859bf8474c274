// Talking to the service manager that started the daemon (systemd's sd_notify(3), by own code: a
// datagram of a line or two needs no library).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/spacing.h"

namespace daybook::server {

// Not thread-safe.
class ServiceManager {
public:
    // `socket` is NOTIFY_SOCKET (empty: nobody listens, and nothing is sent), `watchdog_us`
    // WATCHDOG_USEC (0: no watchdog).
    ServiceManager(std::string socket, std::int64_t watchdog_us);

    void ready(std::string_view status) { send(std::string("READY=1\nSTATUS=").append(status)); }
    void stopping() { send("STOPPING=1"); }
    // Sent when it differs from the last one.
    void status(std::string_view text);

    // When the next sign of life is due: twice in the watchdog's time.
    std::optional<Nanoseconds> watchdog_at() const;
    // Sends it if it is due; to the dead nothing is due but the next look.
    void tick(Nanoseconds now, bool alive);

    std::uint64_t errors() const { return errors_; }

private:
    void send(const std::string& text);

    std::string socket_;
    Nanoseconds period_ = 0;  // 0: no watchdog
    Nanoseconds next_ = 0;
    std::string last_status_;
    std::uint64_t errors_ = 0;
};

}  // namespace daybook::server
