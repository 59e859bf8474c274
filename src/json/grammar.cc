#include "json/grammar.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace daybook::json {
namespace {

constexpr std::string_view kWords[] = {"true", "false", "null", "NaN", "Infinity", "-Infinity"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Walk {
public:
    explicit Walk(std::string_view text) : rest_(text) {}

    bool whole_value() {
        do {
            if (!value()) return false;
        } while (!open_.empty());
        skip_space();
        return rest_.empty();
    }

private:
    // A scalar, or the beginning of an object or array; then what comes up to the next value.
    bool value() {
        skip_space();
        if (rest_.empty()) return false;
        switch (rest_.front()) {
            case '"':
                if (!string()) return false;
                break;
            case '{':
            case '[':
                open_.push_back(rest_.front());
                rest_.remove_prefix(1);
                skip_space();
                if (!take(closing())) return open_.back() == '[' || name();
                open_.pop_back();
                break;
            default:
                if (!word() && !number()) return false;
        }
        return behind_value();
    }

    // Closes what ends here, and goes on to the next value, if one is to come.
    bool behind_value() {
        while (!open_.empty()) {
            skip_space();
            if (take(',')) return open_.back() == '[' || name();
            if (!take(closing())) return false;
            open_.pop_back();
        }
        return true;
    }

    bool name() {
        skip_space();
        if (rest_.empty() || rest_.front() != '"' || !string()) return false;
        skip_space();
        return take(':');
    }

    bool string() {
        rest_.remove_prefix(1);
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '"') return true;
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c == '\\' && !escape()) return false;
        }
        return false;
    }

    bool escape() {
        constexpr std::size_t kHexDigits = 4;
        if (rest_.empty()) return false;
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
        const std::string_view digits = rest_.substr(0, kHexDigits);
        if (digits.size() < kHexDigits || !std::all_of(digits.begin(), digits.end(), is_hex)) {
            return false;
        }
        rest_.remove_prefix(kHexDigits);
        return true;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) return false;
        if (take('.') && !digits()) return false;
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            return digits();
        }
        return true;
    }

    bool digits() {
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
        const auto count = static_cast<std::size_t>(end - rest_.begin());
        rest_.remove_prefix(count);
        return count > 0;
    }

    bool word() {
        const auto* const found =
            std::find_if(std::begin(kWords), std::end(kWords),
                         [this](std::string_view word) { return rest_.starts_with(word); });
        if (found == std::end(kWords)) return false;
        rest_.remove_prefix(found->size());
        return true;
    }

    char closing() const { return open_.back() == '{' ? '}' : ']'; }

    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void skip_space() {
        const std::size_t begin = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(std::min(begin, rest_.size()));
    }

    std::string_view rest_;
    std::string open_{};  // '{' and '[', the innermost last
};

}  // namespace

bool has_json_grammar(std::string_view text) { return Walk(text).whole_value(); }

}  // namespace daybook::json
