// How a daemon is to work: what the flags of `daybook serve` say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "lifecycle/maintain.h"
#include "query/extra_source.h"

namespace daybook::server {

inline constexpr const char* kListenDefault = "127.0.0.1:7723";

struct MaintenanceOptions {
    lifecycle::MaintainOptions tasks{};
    lifecycle::PaceLimits pace{
        .bytes_per_second = 50'000'000, .time_share = 0.5, .pause_above = 4'000'000};
    // How often there may be something to archive (lifecycle/schedule.h).
    double period_seconds = 3600;
};

struct ServeOptions {
    std::string root{};  // the ledger's directory
    // Where the kernel does not tell of changes, the log is looked at this often; elsewhere too, in
    // case that something was not told.
    double interval_seconds = 30;
    bool poll = false;  // do not ask the kernel at all
    bool standby = false;
    std::string listen = kListenDefault;  // empty: no HTTP
    double lag_seconds_max = 60;
    std::uint64_t disk_free_bytes_min = std::uint64_t{1} << 30;
    double heartbeat_seconds_max = 300;
    // Unset: the ledger is maintained by others, or not at all.
    std::optional<MaintenanceOptions> maintenance{};
    bool verbose = false;
    bool json_log = false;
    // Of the service manager: NOTIFY_SOCKET and WATCHDOG_USEC; empty and 0: there is none.
    std::string notify_socket{};
    std::int64_t watchdog_us = 0;
    // Runs that the log does not have are published from here too, and looked for at each interval.
    // It outlives the daemon; null: there are none.
    query::ExtraSource* extra = nullptr;
    const Clock* clock = &system_clock();
};

}  // namespace daybook::server
