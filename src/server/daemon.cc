#include "server/daemon.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/version.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "os/lock.h"
#include "os/process.h"
#include "os/stop_signals.h"
#include "os/wake.h"
#include "server/api.h"
#include "server/board.h"
#include "server/daemon_log.h"
#include "server/http_server.h"
#include "server/loop.h"
#include "server/service_manager.h"
#include "server/stop_deadline.h"

namespace daybook::server {
namespace {

// How often a standby looks whether the ledger is free.
constexpr Nanoseconds kStandbyPeriod = 500 * kMillisecond;
constexpr Nanoseconds kStatusPeriod = 5 * kSecond;
constexpr std::chrono::milliseconds kStopTime(1'500);

class Daemon {
public:
    Daemon(const ServeOptions& options, os::StopSignals signals, os::WakeUp wake)
        : options_(options),
          log_({.verbose = options.verbose, .json = options.json_log, .clock = options.clock}),
          signals_(std::move(signals)),
          wake_(std::move(wake)),
          manager_(options.notify_socket, options.watchdog_us),
          api_{.root = options.root,
               .board = board_,
               .pulse = pulse_,
               .syncs = syncs_,
               .limits = {.lag_seconds_max = options.lag_seconds_max,
                          .disk_free_bytes_min = options.disk_free_bytes_min},
               .started = options.clock->now(),
               .wake = [this] { wake_.signal(); },
               .clock = *options.clock},
          routes_(make_routes(api_)) {}
    // HTTP waits for its requests, and a request may wait for a sync.
    ~Daemon() { syncs_.close(); }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    Status run();

private:
    Nanoseconds now() const { return options_.clock->monotonic_ns(); }
    Status begin();
    Status listen();
    // Whether this daemon holds the ledger now.
    Result<bool> try_to_hold();
    Status activate();
    Result<Nanoseconds> turn(bool told);
    Status sleep_until(Nanoseconds next);
    void take_signals();
    void tell_manager(Nanoseconds now);
    void stop();

    const ServeOptions& options_;
    DaemonLog log_;
    os::StopSignals signals_;
    os::WakeUp wake_;
    ServiceManager manager_;
    Board board_;
    Pulse pulse_;
    SyncDesk syncs_;
    ApiContext api_;
    Routes routes_;
    std::unique_ptr<HttpListener> http_;
    std::optional<os::LockFile> lock_;
    std::unique_ptr<Loop> loop_;
    bool stopping_ = false;
    bool told_ = false;  // the log has changed
    Nanoseconds hold_at_ = 0;
    Nanoseconds status_at_ = 0;
};

Status Daemon::listen() {
    if (options_.listen.empty()) return {};
    ASSIGN_OR_RETURN(HttpAddress address, parse_address(options_.listen));
    ASSIGN_OR_RETURN(
        http_,
        listen_http(
            {.host = address.host,
             .port = address.port,
             .handler = [this](const HttpRequest& request) { return routes_.answer(request); },
             .on_answer =
                 [this](const std::string& path, int status) {
                     const std::string label = routes_.label(path);
                     board_.update([&](Stats& stats) { ++stats.http_requests[{label, status}]; });
                 }}));
    address.port = http_->port();
    log_.info("listening on {}", address.url());
    if (!address.is_loopback()) {
        log_.warn(
            "whoever reaches {} may look at this ledger's state and have it indexed: put a "
            "proxy that asks who is there before it",
            address.url());
    }
    return {};
}

Result<bool> Daemon::try_to_hold() {
    const std::string path = ledger::LedgerDir(options_.root).daemon_lock_path();
    Result<os::LockFile> lock = os::LockFile::acquire(path, 0);
    if (lock) {
        lock_.emplace(std::move(*lock));
        return true;
    }
    if (lock.error().code() != ErrorCode::kBusy) return fail(lock.error());
    if (!options_.standby) {
        return fail(ErrorCode::kBusy,
                    "serve {}: another daemon is at work: {}; end that one, or start this one "
                    "with --standby",
                    options_.root, lock.error().message());
    }
    const std::string holder = lock.error().message();
    board_.update([&](Stats& stats) {
        stats.role = Role::kStandby;
        stats.holder = holder;
    });
    return false;
}

Status Daemon::activate() {
    ASSIGN_OR_RETURN(loop_, Loop::open({.options = options_,
                                        .board = board_,
                                        .pulse = pulse_,
                                        .syncs = syncs_,
                                        .log = log_,
                                        .wake = [this] { wake_.signal(); }}));
    board_.update([](Stats& stats) {
        stats.role = Role::kActive;
        stats.holder.clear();
    });
    log_.info("serving {}", options_.root);
    return {};
}

Status Daemon::begin() {
    pulse_.turned(now());
    ASSIGN_OR_RETURN(const bool holds, try_to_hold());
    log_.info("daybook {} starts, pid {}", version(), os::this_process().pid);
    RETURN_IF_ERROR(listen());
    if (holds) {
        RETURN_IF_ERROR(activate());
    } else {
        log_.info("standing by for {}: {}", options_.root, board_.stats().holder);
    }
    manager_.ready(holds ? "starting" : "standby");
    return {};
}

void Daemon::take_signals() {
    while (const auto signal = signals_.take()) {
        if (*signal == os::StopSignal::kStop) {
            stopping_ = true;
        } else {
            log_.info("SIGHUP: there is no configuration to read again");
        }
    }
    // One that had come before signals were blocked.
    stopping_ = stopping_ || os::interrupted();
}

void Daemon::tell_manager(Nanoseconds now) {
    // A daemon that is stuck is to be ended by whoever waits for this.
    manager_.tick(now, pulse_.problem(now).empty());
    if (now >= status_at_) {
        status_at_ = now + kStatusPeriod;
        const Stats stats = board_.stats();
        manager_.status(fmt::format("{}: generation {}, {} runs running", to_string(stats.role),
                                    stats.generation, stats.running_runs));
    }
    board_.update([this](Stats& stats) { stats.notify_errors = manager_.errors(); });
}

Result<Nanoseconds> Daemon::turn(bool told) {
    if (loop_ == nullptr) {
        if (now() < hold_at_) return hold_at_;
        ASSIGN_OR_RETURN(const bool holds, try_to_hold());
        hold_at_ = now() + kStandbyPeriod;
        if (!holds) return hold_at_;
        log_.info("the ledger is free: taking over");
        RETURN_IF_ERROR(activate());
    }
    return loop_->turn(told);
}

Status Daemon::sleep_until(Nanoseconds next) {
    const int log_fd = loop_ == nullptr ? -1 : loop_->fd(now());
    // poll(2) passes over descriptors below 0.
    const std::array fds = {signals_.fd(), wake_.fd(), log_fd};
    const Nanoseconds time = std::max<Nanoseconds>(next - now(), 0);
    ASSIGN_OR_RETURN(const std::vector<bool> readable,
                     os::wait_readable(fds, (time + kMillisecond - 1) / kMillisecond));
    (void)wake_.take();
    told_ = readable[2];
    return {};
}

void Daemon::stop() {
    log_.info("stopping");
    manager_.stopping();
    board_.update([](Stats& stats) { stats.role = Role::kStopping; });
    if (loop_ != nullptr) loop_->cancel();
    syncs_.close();
    http_.reset();
    loop_.reset();
    lock_.reset();
    log_.info("stopped");
}

Status Daemon::run() {
    RETURN_IF_ERROR(begin());
    Status state;
    while (true) {
        // Whatever was planned, this turn is due now.
        pulse_.turned(now());
        take_signals();
        if (stopping_) break;
        const Result<Nanoseconds> turned = turn(told_);
        if (!turned) {
            log_.error("{}", turned.error().message());
            state = fail(turned.error());
            break;
        }
        const Nanoseconds next = std::min(*turned, manager_.watchdog_at().value_or(*turned));
        pulse_.turned(std::max(next, now()));
        tell_manager(now());
        state = sleep_until(next);
        if (!state) break;
    }
    // What does not end by itself is ended; the ledger survives that.
    const StopDeadline deadline(kStopTime, state ? 0 : 1);
    stop();
    return state;
}

}  // namespace

Status serve(const ServeOptions& options) {
    ASSIGN_OR_RETURN(os::StopSignals signals, os::StopSignals::block());
    ASSIGN_OR_RETURN(os::WakeUp wake, os::WakeUp::make());
    Daemon daemon(options, std::move(signals), std::move(wake));
    return daemon.run();
}

}  // namespace daybook::server
