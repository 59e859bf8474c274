#include "capture/text_pairs.h"

#include <algorithm>
#include <bit>

namespace daybook::capture {
namespace {

constexpr std::string_view kOpening = "([{";
constexpr std::string_view kClosing = ")]}";

// How many strings the quote is within: `"` none, `\"` one, `\\\"` two.  `\\"` is a backslash, and
// a quote that is not escaped.
int escape_level(std::size_t backslashes) { return std::countr_one(backslashes); }

std::size_t backslashes_before(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (count < at && text[at - count - 1] == '\\') ++count;
    return count;
}

class Pairing {
public:
    explicit Pairing(std::string_view text) : text_(text) {}

    std::vector<TextPair> run() {
        std::size_t backslashes = 0;
        for (std::size_t at = 0; at < text_.size(); ++at) {
            const char c = text_[at];
            if (is_quote(c)) {
                take_quote(at, escape_level(backslashes));
            } else if (kOpening.find(c) != std::string_view::npos) {
                push({.open = at});
            } else if (kClosing.find(c) != std::string_view::npos) {
                take_closing(at);
            }
            backslashes = c == '\\' ? backslashes + 1 : 0;
        }
        return std::move(pairs_);
    }

private:
    struct OpenQuote {
        char quote;
        int level;
        std::size_t depth;  // its place in open_
    };

    void push(TextPair pair) {
        open_.push_back(pairs_.size());
        pairs_.push_back(pair);
    }

    // Of each kind one is open at most, so there are few to look through.
    void take_quote(std::size_t at, int level) {
        const auto same = std::find_if(quotes_.begin(), quotes_.end(), [&](const OpenQuote& open) {
            return open.quote == text_[at] && open.level == level;
        });
        if (same == quotes_.end()) {
            quotes_.push_back({text_[at], level, open_.size()});
            push({.open = at, .is_quote = true});
            return;
        }
        pairs_[open_[same->depth]].close = at;
        // What was opened within the quotes and not closed there closes nowhere.
        open_.resize(same->depth);
        quotes_.erase(same, quotes_.end());
    }

    void take_closing(std::size_t at) {
        if (open_.empty()) return;
        TextPair& last = pairs_[open_.back()];
        if (last.is_quote || kOpening.find(text_[last.open]) != kClosing.find(text_[at])) return;
        last.close = at;
        open_.pop_back();
    }

    std::string_view text_;
    std::vector<TextPair> pairs_;
    std::vector<std::size_t> open_;  // of pairs_
    std::vector<OpenQuote> quotes_;
};

}  // namespace

std::vector<TextPair> pairs_of(std::string_view text) { return Pairing(text).run(); }

std::size_t closing_quote(std::string_view text, std::size_t open) {
    const int level = escape_level(backslashes_before(text, open));
    std::size_t backslashes = 0;
    for (std::size_t at = open + 1; at < text.size(); ++at) {
        if (text[at] == text[open] && escape_level(backslashes) <= level) return at;
        backslashes = text[at] == '\\' ? backslashes + 1 : 0;
    }
    return std::string_view::npos;
}

}  // namespace daybook::capture
