// When to index next: a pure function of times.
//
//     new bytes ──▶ at most 250 ms later ──▶ but not before 10 × what the last publication took
//     a run has ended ──▶ at once ───────────┘
//     POST /api/v1/sync ──▶ at once, whatever was published before
//
// Publishing copies the whole index, so a large one is published less often: at most a tenth of the
// time goes into it.
#pragma once

#include <cstdint>
#include <optional>

namespace daybook::server {

// Nanoseconds of Clock::monotonic_ns().
using Nanoseconds = std::int64_t;

inline constexpr Nanoseconds kMillisecond = 1'000'000;
inline constexpr Nanoseconds kSecond = 1'000 * kMillisecond;

inline constexpr Nanoseconds kBatchDelay = 250 * kMillisecond;
inline constexpr std::int64_t kPublicationSpacing = 10;
inline constexpr Nanoseconds kRetryDelayMin = 1 * kSecond;
inline constexpr Nanoseconds kRetryDelayMax = 30 * kSecond;

struct SpacingFacts {
    // Since when the log has had bytes that no build has looked at; unset: it has none.
    std::optional<Nanoseconds> news_since{};
    bool run_ended = false;       // some of them say that a run has ended
    bool sync_requested = false;  // somebody waits for the next build
    // When the last publication was over, and what it took; unset: there was none.
    std::optional<Nanoseconds> published_at{};
    Nanoseconds publication = 0;
    // Builds that failed since the last that did not, and when the last one did.
    int failures = 0;
    Nanoseconds failed_at = 0;
};

// When the next build is due; a time that has passed means now, nullopt: nothing is to be done.
std::optional<Nanoseconds> next_build_at(const SpacingFacts& facts, Nanoseconds now);

}  // namespace daybook::server
