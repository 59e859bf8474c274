#include "cli/query_limits.h"

#include <utility>
#include <vector>

#include "base/byte_size.h"
#include "base/text.h"
#include "cli/human.h"
#include "query/filter_lexer.h"

namespace daybook::cli {
namespace {

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
                "'{}' is no duration: expected one such as 500ms, 30s, 1h30m or 7d",
                printable(text));
}

Result<std::uint64_t> parse_size(std::string_view text) { return parse_byte_size(text); }

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
