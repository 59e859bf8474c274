#include "cli/query_limits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cli/human.h"
#include "query/filter_lexer.h"

namespace daybook::cli {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> kSizes = {
    {{"B", 1},
     {"KB", 1'000},
     {"MB", 1'000'000},
     {"GB", 1'000'000'000},
     {"TB", 1'000'000'000'000},
     {"KiB", std::uint64_t{1} << 10},
     {"MiB", std::uint64_t{1} << 20},
     {"GiB", std::uint64_t{1} << 30},
     {"TiB", std::uint64_t{1} << 40}}};
// What is more is a slip, and must not overflow.
constexpr std::uint64_t kCountMax = 1'000'000;
constexpr double kDurationMsMax = 1e12;

}  // namespace

Result<std::int64_t> parse_duration(std::string_view text) {
    const auto tokens = query::lex_filter(text);
    if (tokens && tokens->size() == 2 && tokens->front().kind == query::TokenKind::kDuration) {
        const double milliseconds = tokens->front().milliseconds;
        if (milliseconds >= 1 && milliseconds <= kDurationMsMax) {
            return static_cast<std::int64_t>(milliseconds);
        }
    }
    return fail(ErrorCode::kInvalidArgument,
                "'{}' is no duration: expected one such as 500ms, 30s or 1h30m", printable(text));
}

Result<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    const auto* const known = std::find_if(kSizes.begin(), kSizes.end(),
                                           [unit](const auto& size) { return size.first == unit; });
    const std::uint64_t count_max = unit == "B" ? kCountMax * kCountMax : kCountMax;
    if (error != std::errc() || known == kSizes.end() || count == 0 || count > count_max) {
        return fail(ErrorCode::kInvalidArgument,
                    "'{}' is no size: expected one such as 512MB, 2GB or 2GiB", printable(text));
    }
    return count * known->second;
}

TimeLimit::TimeLimit(query::Session& session, std::int64_t time_ms_max)
    : time_ms_max_(time_ms_max), watchdog_(time_ms_max, [this, &session] {
          is_over_ = true;
          session.interrupt();
      }) {
    watchdog_.arm();
}

Error TimeLimit::explain(const Error& error) const {
    if (!is_over_ || error.code() != ErrorCode::kCancelled) return error;
    return Error(ErrorCode::kLimit, fmt::format("stopped, it took longer than {}; --timeout sets "
                                                "another limit",
                                                human_duration(time_ms_max_)));
}

}  // namespace daybook::cli
