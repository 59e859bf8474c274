// How fast maintenance works: within a budget of bytes and of time, and not at all while the log
// grows fast.  Decisions only: who sleeps, and how, is the caller's affair (Pace).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"

namespace daybook::lifecycle {

struct PaceLimits {
    std::uint64_t bytes_per_second = 0;  // 0: no limit
    // How much of the time work may take, above 0 and up to 1.  Work is done by one thread, so that
    // is its share of a processor, too, and of a disk that it waits for.
    double time_share = 1;
    // The log's growth, in bytes a second, above which nothing is done; 0: whatever it is.
    std::uint64_t pause_above = 0;
    // How long growth is measured.  Where the log is polled: no shorter than what lies between two
    // looks.
    std::int64_t window_ns = std::int64_t{5} * 1'000'000'000;
};

// What work has used, and how much rest it owes for that.  Not thread-safe.
class Budget {
public:
    explicit Budget(const PaceLimits& limits) : limits_(limits) {}

    // Work begins, or goes on after a rest.  What was owed is paid by the time since the last call.
    void resume(std::int64_t now_ns);
    // Work has used `bytes` more and all the time since resume(), or since the last spend(): how
    // many nanoseconds are to pass before it goes on.
    std::int64_t spend(std::uint64_t bytes, std::int64_t now_ns);

private:
    PaceLimits limits_;
    std::int64_t seen_ns_ = 0;
    // Owed, in nanoseconds; below 0: there is some left.
    double bytes_owed_ns_ = 0;
    double time_owed_ns_ = 0;
};

// Whether the log grows too fast for maintenance.  Begins to pause within a window, and ends when
// growth was below half of the limit for two windows: between two bursts of a backtest it stays.
// After kPauseNsMax it lets work go on for as long: a log that never rests must be archived, too.
// Not thread-safe.
class Pressure {
public:
    static constexpr std::int64_t kPauseNsMax = std::int64_t{3600} * 1'000'000'000;

    explicit Pressure(const PaceLimits& limits) : limits_(limits) {}

    // `appended`: the bytes that have come to the log since some moment, as of now.  Whether to
    // pause.  To be asked several times in a window.
    bool look(std::uint64_t appended, std::int64_t now_ns);

private:
    // Of the window that begins at `begun_ns_`.
    bool grows(std::uint64_t bytes, std::int64_t ns, std::uint64_t limit) const;
    void end_window(std::uint64_t appended, std::int64_t now_ns);

    PaceLimits limits_;
    std::optional<std::int64_t> begun_ns_;
    std::uint64_t appended_ = 0;  // when it began
    int calm_windows_ = 0;
    std::optional<std::int64_t> paused_since_;
    std::int64_t exempt_until_ = 0;
};

// Work asks it to go on, with what it has done since it last asked.  For the thread that works.
class Pace {
public:
    struct Surroundings {
        const Clock& clock;
        // The bytes that have come to the log since some moment.
        std::function<std::uint64_t()> appended;
        // Sleeps that long; false: give up, at once.
        std::function<bool(std::int64_t ns)> rest;
    };
    Pace(const PaceLimits& limits, Surroundings around)
        : budget_(limits), pressure_(limits), around_(std::move(around)), limits_(limits) {}

    // Work begins.  False: give up.
    bool begin();
    // It has read and written `bytes` more.  Comes back when it may go on; false: give up.
    bool go_on(std::uint64_t bytes);

    bool stopped() const { return stopped_; }
    // How long work has been held up by the log's growth.  From any thread.
    std::int64_t paused_ns() const { return paused_ns_.load(); }

private:
    bool wait_for_calm();
    bool rest(std::int64_t ns);

    Budget budget_;
    Pressure pressure_;
    Surroundings around_;
    PaceLimits limits_;
    bool stopped_ = false;
    std::atomic<std::int64_t> paused_ns_{0};
};

}  // namespace daybook::lifecycle
