#include "schema/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/text.h"

namespace daybook::schema {
namespace {

constexpr std::uint32_t kStepsMax = 10'000'000;
constexpr std::uint32_t kHeapKibMax = 64 << 10;

struct Free {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

// As ECMAScript has it: $ is the end and not the newline before it, \u0041 is a character, [] and
// a reference to what has matched nothing are allowed.
constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY |
                                   PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
                                   PCRE2_NEVER_BACKSLASH_C;

PCRE2_SPTR units(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::string message_of(int code) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
    if (text.size() > kPatternBytesMax) {
        return fail(ErrorCode::kInvalidArgument, "found {} bytes, a pattern may have {}",
                    text.size(), kPatternBytesMax);
    }
    const std::unique_ptr<pcre2_compile_context, Free> context(
        pcre2_compile_context_create(nullptr));
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
    int problem = 0;
    PCRE2_SIZE at = 0;
    std::unique_ptr<pcre2_code, Free> code(
        pcre2_compile(units(text), text.size(), kOptions, &problem, &at, context.get()));
    if (!code) {
        return fail(ErrorCode::kInvalidArgument,
                    "found \"{}\", which is no regular expression: {} (at byte {})",
                    printable(text, 80), message_of(problem), at);
    }
    Pattern pattern;
    pattern.text_ = text;
    pattern.code_ = std::shared_ptr<const pcre2_code>(code.release(), Free());
    return pattern;
}

Result<bool> Pattern::is_found_in(std::string_view text) const {
    const std::unique_ptr<pcre2_match_context, Free> context(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(context.get(), kStepsMax);
    pcre2_set_heap_limit(context.get(), kHeapKibMax);
    // Where it matched is of no interest.
    const std::unique_ptr<pcre2_match_data, Free> match(pcre2_match_data_create(1, nullptr));
    const int found =
        pcre2_match(code_.get(), units(text), text.size(), 0, 0, match.get(), context.get());
    if (found >= 0) return true;
    if (found == PCRE2_ERROR_NOMATCH) return false;
    return fail(ErrorCode::kLimit, "match the pattern \"{}\" with a text of {} bytes: {}",
                printable(text_, 80), text.size(), message_of(found));
}

}  // namespace daybook::schema
