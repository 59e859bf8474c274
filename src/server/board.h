// What the loop, its worker and the HTTP threads share: the daemon's state, and who waits for what.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "server/spacing.h"
#include "server/stats.h"

namespace daybook::server {

// The daemon's state.  Safe to use from all threads.
class Board {
public:
    template <typename Change>
    void update(Change change) {
        const std::lock_guard lock(mutex_);
        change(stats_);
    }
    Stats stats() const {
        const std::lock_guard lock(mutex_);
        return stats_;
    }

    // Since when something waits to be indexed; 0: nothing does.
    std::atomic<Nanoseconds> oldest_news{0};
    // The bytes that have come to the log since the daemon began.
    std::atomic<std::uint64_t> appended_bytes{0};
    double lag_seconds(Nanoseconds now) const;

private:
    mutable std::mutex mutex_;
    Stats stats_;
};

// Whether the loop turns, and its worker comes on.  Safe to use from all threads.
class Pulse {
public:
    // The loop has turned, and means to do so again by `next`.
    void turned(Nanoseconds next) { due_.store(next); }
    // The worker has begun something, or has come on with it.
    void worked(Nanoseconds now) { worked_.store(now); }
    // It has nothing to do.
    void rests() { worked_.store(0); }

    // Why the daemon must be taken for stuck; empty: it is not.
    std::string problem(Nanoseconds now) const;

private:
    std::atomic<Nanoseconds> due_{0};
    std::atomic<Nanoseconds> worked_{0};
};

// How late the loop may be.  It does nothing long by itself.
inline constexpr Nanoseconds kTurnDelayMax = 15 * kSecond;
// How long the worker may go without a word: a batch of the builder, or the publication of an index
// of many gigabytes on a slow disk.
inline constexpr Nanoseconds kWorkDelayMax = 900 * kSecond;

// What a sync answers.
struct SyncAnswer {
    std::uint64_t generation = 0;
    std::uint64_t events = 0;
    std::string digest{};
    double seconds = 0;
    bool published = false;
};

// Requests to index now.  Those that wait when a build begins are answered by it.  Safe to use from
// all threads.
class SyncDesk {
public:
    // Waits for a build that begins after this call; kBusy: too many wait already, kCancelled: the
    // daemon stops.
    Result<SyncAnswer> ask(const std::function<void()>& wake);

    bool waiting() const;
    void begin();
    void finish(const Result<SyncAnswer>& answer);
    // Nobody is answered any more.
    void close();

private:
    mutable std::mutex mutex_;
    std::condition_variable answered_;
    std::uint64_t asked_ = 0;
    std::uint64_t begun_ = 0;
    std::uint64_t finished_ = 0;
    int waiting_ = 0;
    bool closed_ = false;
    std::optional<Result<SyncAnswer>> answer_;
};

inline constexpr int kSyncsMax = 4;

}  // namespace daybook::server
