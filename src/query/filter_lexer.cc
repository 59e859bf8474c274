#include "query/filter_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "query/filter_error.h"

namespace daybook::query {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 6> kUnits = {{{"ms", 1},
                                                                        {"s", 1'000},
                                                                        {"m", 60'000},
                                                                        {"h", 3'600'000},
                                                                        {"d", 86'400'000},
                                                                        {"w", 604'800'000}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Letters of other scripts need no quotes.
bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The length of the UTF-8 character at the beginning of `text`; 0 if there is none.
std::size_t character_bytes(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    const unsigned second = byte(1);
    // Overlong forms, surrogates, and what lies beyond Unicode.
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
        return 0;
    }
    return length;
}

class Lexer {
public:
    explicit Lexer(std::string_view filter) : filter_(filter) {}

    Result<std::vector<Token>> all() {
        RETURN_IF_ERROR(check_bytes());
        std::vector<Token> tokens;
        while (true) {
            while (at_ < filter_.size() && is_blank(filter_[at_])) ++at_;
            Token token{.offset = at_};
            if (at_ < filter_.size()) RETURN_IF_ERROR(read(tokens, token));
            token.end = at_;
            const bool done = token.kind == TokenKind::kEnd;
            tokens.push_back(std::move(token));
            if (done) return tokens;
        }
    }

private:
    // SQL ends at a NUL, and DuckDB refuses what is not UTF-8 without saying where.
    Status check_bytes() const {
        if (filter_.size() > kFilterBytesMax) {
            return fail(ErrorCode::kLimit, "it has {} bytes, at most {} are read", filter_.size(),
                        kFilterBytesMax);
        }
        for (std::size_t at = 0; at < filter_.size();) {
            const std::size_t bytes = character_bytes(filter_.substr(at));
            if (bytes == 0 || filter_[at] == '\0') {
                return fail(ErrorCode::kInvalidArgument, "byte {}: found {}, expected UTF-8 text",
                            at + 1, bytes == 0 ? "no UTF-8" : "a NUL");
            }
            at += bytes;
        }
        return {};
    }

    Status read(const std::vector<Token>& before, Token& token) {
        const char c = filter_[at_];
        if (c == '\'') return read_quoted(TokenKind::kString, token);
        if (c == '"') return read_quoted(TokenKind::kQuoted, token);
        const bool after_dot = !before.empty() && before.back().text == "." &&
                               before.back().kind == TokenKind::kSymbol && before.back().end == at_;
        if (is_digit(c) && !after_dot) return read_number(token);
        if (is_word(c)) {
            token.kind = TokenKind::kWord;
            while (at_ < filter_.size() && is_word(filter_[at_])) token.text += filter_[at_++];
            return {};
        }
        for (const std::string_view symbol : {"!=", "<>", "<=", ">=", "==", "!~", "=", "<", ">",
                                              "~", "(", ")", ",", ".", "+", "-"}) {
            if (!filter_.substr(at_).starts_with(symbol)) continue;
            token.kind = TokenKind::kSymbol;
            token.text = symbol == "==" ? "=" : symbol;
            at_ += symbol.size();
            return {};
        }
        return fail(filter_error(
            filter_, at_,
            fmt::format("found {}, which no filter has", printable(filter_.substr(at_, 1)))));
    }

    Status read_quoted(TokenKind kind, Token& token) {
        const char quote = filter_[at_];
        token.kind = kind;
        for (std::size_t i = at_ + 1; i < filter_.size(); ++i) {
            if (filter_[i] != quote) {
                token.text += filter_[i];
            } else if (i + 1 < filter_.size() && filter_[i + 1] == quote) {
                token.text += filter_[i++];  // Twice: the quote itself.
            } else {
                at_ = i + 1;
                return {};
            }
        }
        return fail(filter_error(
            filter_, at_,
            fmt::format("found a {} that does not end, expected another {}",
                        kind == TokenKind::kString ? "string" : "quoted name", quote)));
    }

    std::string_view digits() {
        const std::size_t begin = at_;
        while (at_ < filter_.size() && is_digit(filter_[at_])) ++at_;
        return filter_.substr(begin, at_ - begin);
    }

    // 12, 12.5, 1e-3; true if there was one.
    bool read_plain_number() {
        if (digits().empty()) return false;
        if (filter_.substr(at_).starts_with('.') && at_ + 1 < filter_.size() &&
            is_digit(filter_[at_ + 1])) {
            ++at_;
            digits();
        }
        const std::size_t mantissa_end = at_;
        if (at_ < filter_.size() && (filter_[at_] == 'e' || filter_[at_] == 'E')) {
            ++at_;
            if (at_ < filter_.size() && (filter_[at_] == '+' || filter_[at_] == '-')) ++at_;
            if (digits().empty()) at_ = mantissa_end;
        }
        return true;
    }

    std::optional<double> read_unit() {
        const std::size_t begin = at_;
        while (at_ < filter_.size() && is_word(filter_[at_]) && !is_digit(filter_[at_])) ++at_;
        const std::string_view name = filter_.substr(begin, at_ - begin);
        const auto* const unit =
            std::find_if(kUnits.begin(), kUnits.end(), [&](auto& u) { return u.first == name; });
        return unit == kUnits.end() ? std::nullopt : std::optional(unit->second);
    }

    Status read_number(Token& token) {
        token.kind = TokenKind::kNumber;
        const std::size_t begin = at_;
        while (true) {
            const std::size_t number = at_;
            read_plain_number();
            double value = 0;
            std::from_chars(filter_.data() + number, filter_.data() + at_, value);
            const bool has_unit = at_ < filter_.size() && is_word(filter_[at_]);
            if (has_unit || token.kind == TokenKind::kDuration) {
                const std::optional<double> unit = read_unit();
                if (!unit) {
                    return fail(filter_error(
                        filter_, begin,
                        fmt::format("found {}, expected a number, or one with a unit of time: ms, "
                                    "s, m, h, d, w",
                                    printable(filter_.substr(begin, at_ - begin)))));
                }
                token.kind = TokenKind::kDuration;
                token.milliseconds += value * *unit;
            }
            if (!has_unit || at_ == filter_.size() || !is_digit(filter_[at_])) break;
        }
        token.text = filter_.substr(begin, at_ - begin);
        return {};
    }

    std::string_view filter_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Token>> lex_filter(std::string_view filter) { return Lexer(filter).all(); }

}  // namespace daybook::query
