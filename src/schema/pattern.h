// A regular expression of a schema, matched with bounded effort.
//
// std::regex, which valijson uses, goes as deep as a text is long, until the stack is full, and
// takes for ever for some expressions.  PCRE2 keeps its state on the heap and counts its steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daybook/result.h"

struct pcre2_real_code_8;

namespace daybook::schema {

inline constexpr std::size_t kPatternBytesMax = 1000;
inline constexpr std::size_t kMatchedBytesMax = std::size_t{64} << 10;

// What matching may cost in all, for one event: steps, each of which may look at all of a text, so
// many times its bytes (64 at least).
struct MatchBudget {
    std::uint64_t left = 100'000'000;
};

// What PCRE2 sees without matching, such as that a character is missing which every match has.
enum class Shortcuts : std::uint8_t {
    kTaken,
    kNone,  // what it costs is what it would cost others
};

// Compiled once, then safe from all threads.
class Pattern {
public:
    // An expression as ECMAScript has it, with lookahead and references back, in UTF-8.
    // kInvalidArgument: it is none, or too long; the message says where.
    static Result<Pattern> compile(std::string_view text, Shortcuts shortcuts = Shortcuts::kTaken);

    // Whether it matches anywhere in `text`, UTF-8.  kLimit: the text has more than
    // kMatchedBytesMax bytes, or it would take more than is left of the budget, or 64 MiB, to find
    // out.  The same text and budget always give the same answer.
    Result<bool> is_found_in(std::string_view text, MatchBudget& budget) const;

    const std::string& text() const { return text_; }

private:
    Pattern() = default;

    std::string text_;
    std::shared_ptr<const pcre2_real_code_8> code_;
};

}  // namespace daybook::schema
