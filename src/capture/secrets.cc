#include "capture/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "capture/named_values.h"
#include "capture/text_pairs.h"
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

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

// What a flag of its own looks like: a value may begin with dashes as well, a key in PEM does.
bool is_long_flag(std::string_view word) {
    if (!word.starts_with("--")) return false;
    if (word == "--") return true;
    const std::string_view name = word.substr(2, word.find('=') - 2);
    return !name.empty() && name[0] != '-' && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || std::isdigit(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("-_.").find(c) != std::string_view::npos;
    });
}

// Takes the words of a command line one after the other.
class ArgumentMasker {
public:
    std::string mask(std::string_view word) {
        const bool is_flag = word.size() > 1 && word[0] == '-' && !word.starts_with("--no-");
        const bool after_secret = std::exchange(next_is_secret_, false);
        if (after_secret && !is_long_flag(word)) return std::string(kMask);
        std::string clean = mask_text(word);
        const std::size_t value = begin_of_value(clean);
        if (value != 0 && is_secret_name(std::string_view(clean).substr(0, value))) {
            next_is_secret_ = is_flag && value == clean.size();
            return clean.substr(0, value) + std::string(kMask);
        }
        const std::string_view rest = std::string_view(clean).substr(value);
        if (std::any_of(rest.begin(), rest.end(), is_blank) || is_quoted(rest)) {
            return clean.substr(0, value) + mask_phrase(rest);
        }
        next_is_secret_ = value == 0 && is_flag && is_secret_name(word);
        return clean;
    }

private:
    // Behind the NAME= of a secret, or the last NAME= of `--env=NAME=VALUE`; 0: there is none.
    static std::size_t begin_of_value(std::string_view word) {
        std::size_t begin = 0;
        while (true) {
            const std::size_t sign = word.find('=', begin);
            if (sign == std::string_view::npos) return begin;
            const std::string_view name = word.substr(begin, sign - begin);
            if (!is_name(name)) return begin;
            begin = sign + 1;
            if (is_secret_name(name)) return begin;
        }
    }

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

std::string mask_text(std::string_view text) { return mask_named_values(mask_urls(text)); }

}  // namespace daybook::capture
