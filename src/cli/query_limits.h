// What a question may take: --timeout, --memory, --threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/session.h"
#include "query/watchdog.h"

namespace daybook::cli {

// "30s", "1h30m" in milliseconds.  kInvalidArgument: anything else, and nothing at all.
Result<std::int64_t> parse_duration(std::string_view text);
// "2GB", "512MiB" in bytes: a whole number and B, or K, M, G, T with B (thousands) or iB (1024).
Result<std::uint64_t> parse_size(std::string_view text);

// While it lives, the session's query, its rows included, may take so long and no longer.
class TimeLimit {
public:
    // 0 milliseconds: no limit.  `session` must outlive it.
    TimeLimit(query::Session& session, std::int64_t time_ms_max);

    // `error`, or kLimit with the reason if the time was up.
    Error explain(const Error& error) const;

private:
    std::int64_t time_ms_max_;
    std::atomic<bool> is_over_{false};
    query::Watchdog watchdog_;  // the last member: its thread uses the others
};

}  // namespace daybook::cli
