#include "capture/named_values.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "capture/secrets.h"
#include "capture/text_pairs.h"

namespace daybook::capture {
namespace {

// A name is short: of what is longer only the end is looked at.
constexpr std::size_t kNameBytesMax = 128;
constexpr std::string_view kSeparators = ",;&";

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-.+/~").find(c) != std::string_view::npos;
}
bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_separator(char c) { return kSeparators.find(c) != std::string_view::npos; }

// A secret name, and where its value begins.
struct Name {
    std::size_t begin = 0;
    std::size_t value = 0;
    char sign = '=';
    std::string_view quote{};  // after it, with its backslashes; empty: it is bare
};

struct Value {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool keeps_quotes = false;  // those around it stay
};

class NamedValues {
public:
    explicit NamedValues(std::string_view text) : text_(text), pairs_(pairs_of(text)) {}

    std::string masked() {
        std::string masked;
        std::size_t copied = 0;
        for (std::size_t at = 0; at < text_.size();) {
            if (!is_name_character(text_[at])) {
                ++at;
                continue;
            }
            const std::size_t end = end_of_run(at);
            const std::optional<Name> name = secret_name(at, end);
            at = end;
            if (!name) continue;
            const Value value = value_of(*name);
            masked += text_.substr(copied, value.begin - copied);
            masked += replacement(*name, value);
            at = copied = std::max(value.end, end);
        }
        masked += text_.substr(copied);
        return masked;
    }

private:
    char at_or_end(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

    std::size_t end_of_run(std::size_t at) const {
        while (at < text_.size() && is_name_character(text_[at])) ++at;
        return at;
    }

    // Spaces and tabs; within JSON, which has its names in quotes, lines as well.
    std::size_t skip_blanks(std::size_t at, bool lines) const {
        while (at < text_.size() && is_blank(text_[at]) && (lines || !is_line_end(text_[at]))) ++at;
        return at;
    }

    // The backslashes and the quote at `at`; empty: there is none.
    std::string_view quote_at(std::size_t at) const {
        std::size_t end = at;
        while (at_or_end(end) == '\\') ++end;
        return is_quote(at_or_end(end)) ? text_.substr(at, end + 1 - at) : std::string_view();
    }

    // The name that ends at `end`: from its opening quote on, if a quote follows it.
    std::size_t begin_of_name(std::size_t begin, std::size_t end, std::string_view quote) const {
        const std::size_t first = end - std::min(end, kNameBytesMax);
        if (quote.empty()) return std::max(begin, first);
        for (std::size_t at = end; at > first; --at) {
            if (text_[at - 1] == quote.back()) return at;
        }
        return std::max(begin, first);
    }

    std::optional<Name> secret_name(std::size_t begin, std::size_t end) const {
        Name name{.quote = quote_at(end)};
        name.begin = begin_of_name(begin, end, name.quote);
        std::size_t at = end + name.quote.size();
        while (at_or_end(at) == ']') ++at;
        at = skip_blanks(at, !name.quote.empty());
        name.sign = at_or_end(at);
        const std::string_view text = text_.substr(name.begin, end - name.begin);
        if (!is_sign(name, at, text) || !is_secret_name(text)) return std::nullopt;
        ++at;
        while (name.sign != ',' && (at_or_end(at) == '=' || at_or_end(at) == '>')) ++at;
        name.value = skip_blanks(at, !name.quote.empty());
        if (name.value >= text_.size()) return std::nullopt;
        const std::string_view rest = text_.substr(name.value);
        const bool is_masked = rest.starts_with(kMask) && (rest.size() == kMask.size() ||
                                                           !is_name_character(rest[kMask.size()]));
        return is_masked ? std::nullopt : std::optional(name);
    }

    bool is_sign(const Name& name, std::size_t at, std::string_view text) const {
        if (name.sign == '=') return true;
        if (name.sign == ':') {
            // Neither C++'s and pytest's `a::b` nor lists of paths, `/a:/b`.
            const bool is_path = name.quote.empty() && text.find('/') != std::string_view::npos;
            return at_or_end(at + 1) != ':' && !is_path;
        }
        if (name.sign != ',' || name.quote.empty()) return false;
        const bool is_first_of_call =
            name.begin > name.quote.size() && text_[name.begin - name.quote.size() - 1] == '(';
        return is_first_of_call || text.starts_with('-');
    }

    // Follows which quotes and brackets the text before `at` has open.
    void enter(std::size_t at) {
        while (!around_.empty() && around_.back().close <= at) around_.pop_back();
        for (; next_pair_ < pairs_.size() && pairs_[next_pair_].open < at; ++next_pair_) {
            const TextPair& pair = pairs_[next_pair_];
            if (pair.close != std::string_view::npos && pair.close > at) around_.push_back(pair);
        }
    }

    Value value_of(const Name& name) {
        // The bracket that ends right where the value should begin is around it, too.
        enter(name.value - 1);
        const std::size_t limit =
            around_.empty() ? text_.size() : std::max(around_.back().close, name.value);
        const bool in_brackets = !around_.empty() && !around_.back().is_quote;
        const bool is_line = name.sign == ':' && !in_brackets && name.quote.empty();
        std::size_t at = name.value;
        if (const std::string_view quote = quote_at(at); !quote.empty()) {
            const std::size_t begin = at + quote.size();
            const std::size_t close = closing_quote(text_, begin - 1);
            if (close == std::string_view::npos) return {begin, text_.size(), true};
            at = close + 1;
            const char next = at_or_end(at);
            const bool is_all = at >= limit || is_separator(next) || is_blank(next);
            if (is_all && !(is_line && at < limit)) {
                std::size_t end = close;
                while (close - end + 1 < quote.size() && text_[end - 1] == '\\') --end;
                return {begin, end, true};
            }
        }
        // A password of a connection string may have blanks: `;Pwd=two words;`.
        const bool is_connection = name.begin > 0 && text_[name.begin - 1] == ';';
        const bool has_blanks = name.sign == ':' || is_connection;
        at = end_of_bare(at, limit, has_blanks, !is_line);
        while (at > name.value && is_blank(text_[at - 1])) --at;
        return {name.value, at, false};
    }

    std::size_t end_of_bare(std::size_t at, std::size_t limit, bool has_blanks,
                            bool separators) const {
        while (at < limit) {
            const char c = text_[at];
            if (is_line_end(c) || (is_blank(c) && !has_blanks)) return at;
            if (separators && is_separator(c) && ends_value(at, limit)) return at;
            const std::size_t close = close_of(at);
            at = close < limit ? close + 1 : at + 1;
        }
        return at;
    }

    // npos: nothing that is closed opens there.
    std::size_t close_of(std::size_t open) const {
        const auto pair =
            std::lower_bound(pairs_.begin(), pairs_.end(), open,
                             [](const TextPair& a, std::size_t at) { return a.open < at; });
        return pair != pairs_.end() && pair->open == open ? pair->close : std::string_view::npos;
    }

    // A separator may be a part of a password: it ends one if another name comes after it.
    bool ends_value(std::size_t separator, std::size_t limit) const {
        const std::size_t next = separator + 1;
        if (next >= limit || is_blank(text_[next]) || is_separator(text_[next])) return true;
        std::size_t at = next + quote_at(next).size();
        const std::size_t begin = at;
        while (at < limit && at - begin < kNameBytesMax && is_name_character(text_[at])) ++at;
        if (at == begin) return false;
        at += quote_at(at).size();
        at = skip_blanks(at, false);
        return at < limit && (text_[at] == '=' || text_[at] == ':');
    }

    static std::string replacement(const Name& name, const Value& value) {
        std::string mask(kMask);
        if (value.keeps_quotes || name.quote.empty() || name.sign != ':') return mask;
        return std::string(name.quote) + mask + std::string(name.quote);
    }

    std::string_view text_;
    std::vector<TextPair> pairs_;
    std::size_t next_pair_ = 0;
    std::vector<TextPair> around_;
};

}  // namespace

std::string mask_named_values(std::string_view text) { return NamedValues(text).masked(); }

}  // namespace daybook::capture
