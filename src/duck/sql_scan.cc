#include "duck/sql_scan.h"

#include <algorithm>

namespace daybook::duck {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool goes_on(char c) { return begins_word(c) || is_digit(c) || c == '$'; }

class Scanner {
public:
    explicit Scanner(std::string_view sql) : sql_(sql) {}

    std::vector<SqlToken> all() {
        std::vector<SqlToken> tokens;
        while (true) {
            skip_what_is_nothing();
            if (at_ == sql_.size()) return tokens;
            const std::size_t begin = at_;
            const SqlTokenKind kind = read();
            if (kind != SqlTokenKind::kText) escapes_ = false;
            tokens.push_back({kind, sql_.substr(begin, at_ - begin), begin});
        }
    }

private:
    bool starts(std::string_view text) const { return sql_.substr(at_).starts_with(text); }
    void skip_to(std::size_t end) { at_ = std::min(end, sql_.size()); }
    // Behind the next `text`, or at the end.
    void skip_behind(std::string_view text, std::size_t from) {
        const std::size_t found = sql_.find(text, from);
        skip_to(found == std::string_view::npos ? sql_.size() : found + text.size());
    }

    std::size_t blank() const { return blank_at(at_); }

    // The bytes of the blank there; 0 if there is none.  DuckDB takes many blanks of Unicode for
    // blanks.
    std::size_t blank_at(std::size_t at) const {
        const char c = sql_[at];
        const auto starts = [&](std::string_view text) {
            return sql_.substr(at).starts_with(text);
        };
        if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
        for (const std::string_view text : {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x81\x9F",
                                            "\xE2\x81\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF"}) {
            if (starts(text)) return text.size();
        }
        const bool wide = starts("\xE2\x80") && sql_.size() > at + 2 &&
                          static_cast<unsigned char>(sql_[at + 2]) <= 0x8D;
        return wide ? 3 : 0;
    }

    void skip_what_is_nothing() {
        while (at_ < sql_.size()) {
            if (const std::size_t bytes = blank()) {
                at_ += bytes;
            } else if (starts("--")) {
                const std::size_t end = sql_.find_first_of("\n\r", at_);
                skip_to(end == std::string_view::npos ? sql_.size() : end + 1);
            } else if (starts("/*")) {
                skip_comment();
            } else {
                return;
            }
        }
    }

    // Comments nest.
    void skip_comment() {
        std::size_t depth = 0;
        do {
            if (starts("/*")) {
                ++depth;
                at_ += 2;
            } else if (starts("*/")) {
                --depth;
                at_ += 2;
            } else {
                ++at_;
            }
        } while (depth > 0 && at_ < sql_.size());
    }

    SqlTokenKind read() {
        const char c = sql_[at_];
        if (c == '"') return read_quoted('"', false, SqlTokenKind::kQuoted);
        if (c == '\'') return read_quoted('\'', escapes_, SqlTokenKind::kText);
        if (starts("e'") || starts("E'")) {
            ++at_;
            escapes_ = true;
            return read_quoted('\'', true, SqlTokenKind::kText);
        }
        if (c == '$') return read_dollar();
        if (begins_word(c)) {
            while (at_ < sql_.size() && goes_on(sql_[at_]) && blank() == 0) ++at_;
            return SqlTokenKind::kWord;
        }
        ++at_;
        return SqlTokenKind::kSymbol;
    }

    SqlTokenKind read_quoted(char quote, bool backslashes, SqlTokenKind kind) {
        for (++at_; at_ < sql_.size(); ++at_) {
            if (backslashes && sql_[at_] == '\\') {
                ++at_;
            } else if (sql_[at_] == quote) {
                if (at_ + 1 == sql_.size() || sql_[at_ + 1] != quote) {
                    ++at_;
                    return kind;
                }
                ++at_;
            }
        }
        skip_to(sql_.size());
        return kind;
    }

    // $name, $1, or the text between two $tag$.
    SqlTokenKind read_dollar() {
        std::size_t end = at_ + 1;
        const auto is_here = [&](auto&& test) { return end < sql_.size() && test(sql_[end]); };
        if (is_here(is_digit)) {
            while (is_here(is_digit)) ++end;
            at_ = end;
            return SqlTokenKind::kParameter;
        }
        const auto is_of_name = [&](char c) {
            return (begins_word(c) || is_digit(c)) && blank_at(end) == 0;
        };
        while (is_here(is_of_name)) ++end;
        if (end < sql_.size() && sql_[end] == '$') {
            skip_behind(sql_.substr(at_, end + 1 - at_), end + 1);
            return SqlTokenKind::kText;
        }
        const bool alone = end == at_ + 1;
        at_ = end;
        return alone ? SqlTokenKind::kSymbol : SqlTokenKind::kParameter;
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    bool escapes_ = false;  // the text before was E'…', and a text that follows goes on with it
};

}  // namespace

std::vector<SqlToken> scan_sql(std::string_view sql) { return Scanner(sql).all(); }

}  // namespace daybook::duck
