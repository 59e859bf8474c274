// Whether a file that has changed is read again now (docs/decisions/0141).
//
// Reading takes as long as the file is large.  Whoever asks for a list of runs has not asked for
// that: beyond a few seconds the last copy answers, until a long read is a small part of the time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/strong.h"
#include "legacy/cache_state.h"

namespace daybook::legacy {

// What a question may take longer for a file that has changed.
inline constexpr std::int64_t kQuestionMs = 5'000;
// A read that takes longer is made once in so many times of what it takes.
inline constexpr std::int64_t kRestFactor = 20;
// How long what failed for lack of room, say, is not tried again.
inline constexpr std::int64_t kRetryMs = 60'000;

// How long reading `bytes` would take, judged by the last time.
std::int64_t expected_ms(const CacheState& last, std::uint64_t bytes);

// Whether a question reads a file of `bytes` again that has changed since `last`.
bool is_due(const CacheState& last, std::uint64_t bytes, TimestampMs now);

// Whether an attempt that ended with `code` after `took_ms` is to be remembered: what it has found
// is of use to the next one, or it would cost him too much to find out the same.
bool is_worth_remembering(ErrorCode code, std::int64_t took_ms);

// Why the file of `version` is not read by `reader` now: what came of the last attempt.  nullopt:
// it may be otherwise now.  `at_once`: what failed for now is tried again.
std::optional<Error> still_refused(const Refusal& last, const std::string& version,
                                   const std::string& reader, TimestampMs now, bool at_once);

}  // namespace daybook::legacy
