// The words of a filter.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::query {

// More is no filter that anybody has written.
inline constexpr std::size_t kFilterBytesMax = std::size_t{64} << 10;

enum class TokenKind {
    kWord,      // status, and, now: letters, digits, _
    kQuoted,    // "a b": a part of a field's name, whatever it holds
    kString,    // 'it''s'
    kNumber,    // 12, 0.5, 1e-3
    kDuration,  // 90m, 1h30m, 250ms
    kSymbol,    // = != <> < <= > >= ~ !~ ( ) , . + -
    kEnd,
};

struct Token {
    TokenKind kind = TokenKind::kEnd;
    // kQuoted, kString: what is between the quotes; all else: as it is written.
    std::string text{};
    std::size_t offset = 0;   // of its first byte in the filter
    std::size_t end = 0;      // behind its last
    double milliseconds = 0;  // kDuration
};

// All of them, a kEnd last.  kInvalidArgument, with the place, for what is none; kLimit for more
// than kFilterBytesMax.
Result<std::vector<Token>> lex_filter(std::string_view filter);

}  // namespace daybook::query
