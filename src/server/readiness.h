// Whether the daemon keeps what it promises, and why not: /readyz.  A pure function of facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/stats.h"

namespace daybook::server {

struct ReadinessFacts {
    Stats stats{};
    double lag_seconds = 0;
    std::optional<std::uint64_t> disk_free_bytes{};  // unset: it could not be asked
};

struct ReadinessLimits {
    double lag_seconds_max = 60;
    std::uint64_t disk_free_bytes_min = 0;
};

// Why not: `name` is for programs and stays; `detail` is for people.  docs/operating/serve.md has
// the cure of each.
struct Reason {
    std::string name;
    std::string detail;
    bool operator==(const Reason&) const = default;
};

// Empty: ready.
std::vector<Reason> reasons_not_ready(const ReadinessFacts& facts, const ReadinessLimits& limits);

// {"status":"not_ready","role":"active","reasons":[{"name":…,"detail":…}],…}
std::string encode_readiness(const ReadinessFacts& facts, const std::vector<Reason>& reasons);

const char* to_string(Role role);

}  // namespace daybook::server
