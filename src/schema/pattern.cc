#include "schema/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "base/text.h"

namespace daybook::schema {
namespace {

constexpr std::uint32_t kHeapKibMax = 64 << 10;
// PCRE2 does not say how many steps a match has taken: it is tried with few, and then with ten
// times as many each time.
constexpr std::uint64_t kFirstSteps = 100;
constexpr std::uint64_t kStepCostMin = 64;

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

Result<Pattern> Pattern::compile(std::string_view text, Shortcuts shortcuts) {
    if (text.size() > kPatternBytesMax) {
        return fail(ErrorCode::kInvalidArgument, "found {} bytes, a pattern may have {}",
                    text.size(), kPatternBytesMax);
    }
    const std::unique_ptr<pcre2_compile_context, Free> context(
        pcre2_compile_context_create(nullptr));
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_compile_extra_options(context.get(), PCRE2_EXTRA_ALT_BSUX);
    const std::uint32_t options = shortcuts == Shortcuts::kTaken
                                      ? kOptions
                                      : kOptions | PCRE2_NO_AUTO_POSSESS | PCRE2_NO_START_OPTIMIZE;
    int problem = 0;
    PCRE2_SIZE at = 0;
    std::unique_ptr<pcre2_code, Free> code(
        pcre2_compile(units(text), text.size(), options, &problem, &at, context.get()));
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

Result<bool> Pattern::is_found_in(std::string_view text, MatchBudget& budget) const {
    const auto give_up = [&](std::string_view why) {
        return fail(ErrorCode::kLimit, "match the pattern \"{}\" with a text of {} bytes: {}",
                    printable(text_, 80), text.size(), why);
    };
    if (text.size() > kMatchedBytesMax) {
        return give_up(fmt::format("at most {} are matched", kMatchedBytesMax));
    }
    const std::unique_ptr<pcre2_match_context, Free> context(pcre2_match_context_create(nullptr));
    pcre2_set_heap_limit(context.get(), kHeapKibMax);
    // Where it matched is of no interest.
    const std::unique_ptr<pcre2_match_data, Free> match(pcre2_match_data_create(1, nullptr));
    const auto spend = [&budget](std::uint64_t cost) {
        budget.left -= std::min(budget.left, cost);
    };
    const std::uint64_t step_cost = std::max<std::uint64_t>(kStepCostMin, text.size());
    for (std::uint64_t steps = kFirstSteps;; steps *= 10) {
        const std::uint64_t limit = std::min(steps, budget.left / step_cost);
        if (limit == 0) return give_up("the event takes too long to check");
        pcre2_set_match_limit(context.get(), static_cast<std::uint32_t>(limit));
        const int found =
            pcre2_match(code_.get(), units(text), text.size(), 0, 0, match.get(), context.get());
        if (found == PCRE2_ERROR_MATCHLIMIT) {
            spend(limit * step_cost);
            continue;
        }
        // At least as many as did not do.
        spend(steps / 10 * step_cost);
        if (found >= 0) return true;
        if (found == PCRE2_ERROR_NOMATCH) return false;
        return give_up(message_of(found));
    }
}

}  // namespace daybook::schema
