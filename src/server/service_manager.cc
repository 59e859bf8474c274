#include "server/service_manager.h"

#include <algorithm>

#include "os/notify_socket.h"

namespace daybook::server {
namespace {

// Whoever sets the watchdog to microseconds does not get a busy loop.
constexpr Nanoseconds kPeriodMin = 10 * kMillisecond;

}  // namespace

ServiceManager::ServiceManager(std::string socket, std::int64_t watchdog_us)
    : socket_(std::move(socket)) {
    if (!socket_.empty() && watchdog_us > 0) period_ = std::max(watchdog_us * 500, kPeriodMin);
}

void ServiceManager::status(std::string_view text) {
    if (text == last_status_) return;
    last_status_ = text;
    send("STATUS=" + last_status_);
}

std::optional<Nanoseconds> ServiceManager::watchdog_at() const {
    if (period_ == 0) return std::nullopt;
    return next_;
}

void ServiceManager::tick(Nanoseconds now, bool alive) {
    if (period_ == 0 || now < next_) return;
    next_ = now + period_;
    if (alive) send("WATCHDOG=1");
}

void ServiceManager::send(const std::string& text) {
    if (socket_.empty()) return;
    if (!os::send_datagram(socket_, text)) ++errors_;
}

}  // namespace daybook::server
