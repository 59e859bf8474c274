// How long appending and syncing take on one file system.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/result.h"
#include "selftest/check.h"

namespace daybook::selftest {

// A sync that returns faster than this, in the middle, did not wait for a disk of any kind: the
// fastest that keep bytes without power (with capacitors of their own) take longer.
inline constexpr std::int64_t kPlausibleSyncNs = 30'000;

struct Latency {
    std::uint64_t count = 0;
    std::int64_t p50_ns = 0;
    std::int64_t p90_ns = 0;
    std::int64_t p99_ns = 0;
    std::int64_t max_ns = 0;
    // How many took up to so many nanoseconds: powers of two, without empty ones at either end.
    std::vector<std::pair<std::int64_t, std::uint64_t>> histogram{};
    bool operator==(const Latency&) const = default;
};

// The distribution of `samples`, nanoseconds.
Latency summarize(std::vector<std::int64_t> samples);

// "820 ns", "1.2 µs", "3.1 ms", "1.4 s".
std::string human_ns(std::int64_t ns);

struct Speed {
    Latency write;    // one write of 300 bytes to a file
    Latency sync;     // one fdatasync after such a write
    Latency process;  // one event at durability `process`
    Latency power;    // one at `power`; no samples where the file system cannot
    Checks checks{};
};

// Measures all four.
Result<Speed> measure_speed(const StageContext& context);

}  // namespace daybook::selftest
