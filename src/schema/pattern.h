// A regular expression of a schema, matched with bounded effort.
//
// std::regex, which valijson uses, goes as deep as a text is long, until the stack is full, and
// takes for ever for some expressions.  PCRE2 keeps its state on the heap and counts its steps.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "daybook/result.h"

struct pcre2_real_code_8;

namespace daybook::schema {

inline constexpr std::size_t kPatternBytesMax = 1000;

// Compiled once, then safe from all threads.
class Pattern {
public:
    // An expression as ECMAScript has it, with lookahead and references back, in UTF-8.
    // kInvalidArgument: it is none, or too long; the message says where.
    static Result<Pattern> compile(std::string_view text);

    // Whether it matches anywhere in `text`, UTF-8.  kLimit: it took more than ten million steps or
    // 64 MiB to find out, and was given up.
    Result<bool> is_found_in(std::string_view text) const;

    const std::string& text() const { return text_; }

private:
    Pattern() = default;

    std::string text_;
    std::shared_ptr<const pcre2_real_code_8> code_;
};

}  // namespace daybook::schema
