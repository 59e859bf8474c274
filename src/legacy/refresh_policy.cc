#include "legacy/refresh_policy.h"

#include <algorithm>

namespace daybook::legacy {
namespace {

// A clock that was set back makes nobody wait.
bool is_within(TimestampMs begin, std::int64_t wait_ms, TimestampMs now) {
    const std::int64_t age_ms = now.value() - begin.value();
    return age_ms >= 0 && age_ms < wait_ms;
}

std::int64_t rest_ms(std::int64_t took_ms) {
    return took_ms > kQuestionMs ? kRestFactor * took_ms : 0;
}

}  // namespace

std::int64_t expected_ms(const CacheState& last, std::uint64_t bytes) {
    // A file that shrank has other rows, and those are read anew.
    const double grown =
        static_cast<double>(bytes) / static_cast<double>(std::max<std::uint64_t>(last.bytes, 1));
    return static_cast<std::int64_t>(static_cast<double>(last.took_ms) * std::max(grown, 1.0));
}

bool is_due(const CacheState& last, std::uint64_t bytes, TimestampMs now) {
    return !is_within(last.copied_at, rest_ms(expected_ms(last, bytes)), now);
}

bool is_worth_remembering(ErrorCode code, std::int64_t took_ms) {
    if (code == ErrorCode::kCancelled) return false;
    return is_for_good(code) || is_for_now(code) || took_ms > kQuestionMs;
}

std::optional<Error> still_refused(const Refusal& last, const std::string& version,
                                   const std::string& reader, TimestampMs now, bool at_once) {
    const std::int64_t wait_ms =
        std::max(is_for_now(last.code) ? kRetryMs : 0, rest_ms(last.took_ms));
    const bool is_too_soon = !at_once && is_within(last.failed_at, wait_ms, now);
    const bool is_the_same =
        is_for_good(last.code) && last.version == version && last.reader == reader;
    if (!is_too_soon && !is_the_same) return std::nullopt;
    return Error(last.code, last.message);
}

}  // namespace daybook::legacy
