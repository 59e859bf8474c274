#include "capture/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "base/text.h"
#include "capture/url_secrets.h"

namespace daybook::capture {
namespace {

constexpr std::array<std::string_view, 9> kSecretParts = {
    "key", "token", "secret", "password", "passwd", "passphrase", "credential", "auth", "jwt"};
constexpr std::array<std::string_view, 4> kSecretWords = {"pass", "pwd", "cookie", "bearer"};
constexpr std::array<std::string_view, 7> kHarmless = {"keyboard", "keyword",  "keyframe", "monkey",
                                                       "turkey",   "tokenize", "author"};
// A name is short: what is longer is text in quotes.
constexpr std::size_t kNameBytesMax = 128;

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_quote(char c) { return c == '"' || c == '\''; }

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytesMax &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_word_character(c) ||
                      std::string_view("_-.+/~[]").find(c) != std::string_view::npos;
           });
}

// "authorization" is no "author".
std::string without_harmless(std::string name) {
    for (const std::string_view word : kHarmless) {
        for (std::size_t at = name.find(word); at != std::string::npos; at = name.find(word, at)) {
            const std::string_view rest = std::string_view(name).substr(at + word.size());
            if (word == "author" && rest.starts_with("i")) {
                at += word.size();
            } else {
                name.replace(at, word.size(), "_");
            }
        }
    }
    return name;
}

bool has_secret_word(std::string_view name) {
    std::size_t begin = 0;
    while (begin < name.size()) {
        std::size_t end = begin;
        while (end < name.size() && is_word_character(name[end])) ++end;
        const std::string_view word = name.substr(begin, end - begin);
        if (std::find(kSecretWords.begin(), kSecretWords.end(), word) != kSecretWords.end()) {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

// From a quote to where its text ends: the index of the closing quote, or npos.
std::size_t closing_quote(std::string_view text, std::size_t open) {
    for (std::size_t i = open + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == text[open]) {
            return i;
        }
    }
    return std::string_view::npos;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

// If `"name": value` of a secret name begins at `open`: where its value begins and ends.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};
std::optional<Range> secret_member(std::string_view text, std::size_t open) {
    const std::size_t close = closing_quote(text, open);
    if (close == std::string_view::npos || close - open > kNameBytesMax) return std::nullopt;
    const std::size_t colon = skip_blanks(text, close + 1);
    if (colon >= text.size() || text[colon] != ':') return std::nullopt;
    if (!is_secret_name(text.substr(open + 1, close - open - 1))) return std::nullopt;
    const std::size_t begin = skip_blanks(text, colon + 1);
    // What is nested has names of its own.
    if (begin >= text.size() || text[begin] == '{' || text[begin] == '[') return std::nullopt;
    if (is_quote(text[begin])) {
        const std::size_t end = closing_quote(text, begin);
        return Range{begin + 1, std::min(end, text.size())};
    }
    return Range{begin, std::min(text.find_first_of(",}] \t\n", begin), text.size())};
}

std::string mask_members(std::string_view text) {
    std::string masked;
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_quote(text[i])) continue;
        const std::optional<Range> value = secret_member(text, i);
        if (!value) continue;
        const bool quoted = is_quote(text[value->begin - 1]);
        masked += text.substr(copied, value->begin - copied);
        masked += quoted ? kMask : "\"***\"";
        copied = value->end;
        i = value->end;
    }
    masked += text.substr(std::min(copied, text.size()));
    return masked;
}

// `Authorization: Bearer …`, to the end of the line or of the quotes around it.
std::string mask_headers(std::string_view text) {
    std::string masked(text);
    for (std::size_t colon = masked.find(": "); colon != std::string::npos;
         colon = masked.find(": ", colon + 1)) {
        std::size_t begin = colon;
        while (begin > 0 && (is_word_character(masked[begin - 1]) || masked[begin - 1] == '-' ||
                             masked[begin - 1] == '_')) {
            --begin;
        }
        if (!is_secret_name(std::string_view(masked).substr(begin, colon - begin))) continue;
        const bool in_quotes = begin > 0 && is_quote(masked[begin - 1]);
        const std::string ends = in_quotes ? std::string("\n") + masked[begin - 1] : "\n\"'";
        const std::size_t end = std::min(masked.find_first_of(ends, colon + 2), masked.size());
        masked.replace(colon + 2, end - colon - 2, kMask);
    }
    return masked;
}

// Takes the words of a command line one after the other.
class ArgumentMasker {
public:
    std::string mask(std::string_view word) {
        const bool is_flag = word.size() > 1 && word[0] == '-';
        const bool after_secret = std::exchange(next_is_secret_, false);
        if (after_secret && !word.starts_with("--")) return std::string(kMask);
        const std::string clean = mask_text(word);
        const std::size_t sign = clean.find('=');
        if (sign != std::string::npos && is_name(std::string_view(clean).substr(0, sign))) {
            const std::string name = clean.substr(0, sign + 1);
            if (is_secret_name(name)) return name + std::string(kMask);
            return name + ArgumentMasker().mask(std::string_view(clean).substr(sign + 1));
        }
        if (std::any_of(clean.begin(), clean.end(), is_blank) || is_quoted(clean)) {
            return mask_phrase(clean);
        }
        next_is_secret_ = is_flag && !word.starts_with("--no-") && is_secret_name(word);
        return clean;
    }

private:
    // All of it within one pair of quotes.
    static bool is_quoted(std::string_view text) {
        return text.size() >= 2 && is_quote(text[0]) && closing_quote(text, 0) == text.size() - 1;
    }

    // The words of a script, or of a quoted part of one.
    static std::string mask_phrase(std::string_view text) {
        if (is_quoted(text)) {
            const std::string inner = ArgumentMasker().mask(text.substr(1, text.size() - 2));
            return text.front() + inner + text.back();
        }
        std::string masked;
        ArgumentMasker masker;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t begin = skip_blanks(text, at);
            masked += text.substr(at, begin - at);
            at = end_of_word(text, begin);
            if (at > begin) masked += masker.mask_in_phrase(text.substr(begin, at - begin));
        }
        return masked;
    }

    // A word of a phrase that is the whole phrase would be taken apart for ever.
    std::string mask_in_phrase(std::string_view word) {
        const bool has_blanks = std::any_of(word.begin(), word.end(), is_blank);
        if (!has_blanks || is_quoted(word)) return mask(word);
        const std::size_t sign = word.find('=');
        const bool assigns = sign != std::string_view::npos && is_name(word.substr(0, sign));
        if (assigns) return mask(word);
        return std::exchange(next_is_secret_, false) ? std::string(kMask) : std::string(word);
    }

    static std::size_t end_of_word(std::string_view text, std::size_t begin) {
        std::size_t end = begin;
        while (end < text.size() && !is_blank(text[end])) {
            const std::size_t close =
                is_quote(text[end]) ? closing_quote(text, end) : std::string_view::npos;
            end = close == std::string_view::npos ? end + 1 : close + 1;
        }
        return end;
    }

    bool next_is_secret_ = false;
};

}  // namespace

bool is_secret_name(std::string_view name) {
    const std::string rest = without_harmless(lower_case(name));
    const bool has_part =
        std::any_of(kSecretParts.begin(), kSecretParts.end(),
                    [&](std::string_view part) { return rest.find(part) != std::string::npos; });
    return has_part || has_secret_word(rest);
}

std::vector<std::string> mask_arguments(std::span<const std::string_view> arguments) {
    std::vector<std::string> masked;
    ArgumentMasker masker;
    for (const std::string_view word : arguments) masked.push_back(masker.mask(word));
    return masked;
}

std::string mask_text(std::string_view text) { return mask_headers(mask_members(mask_urls(text))); }

}  // namespace daybook::capture
