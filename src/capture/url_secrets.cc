#include "capture/url_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "capture/secrets.h"

namespace daybook::capture {
namespace {

constexpr std::string_view kSchemeEnd = "://";
constexpr std::string_view kUrlEnd = " \t\n\"'<>`";
// What signed URLs carry; elsewhere these words are innocent.
constexpr std::array<std::string_view, 3> kSignatures = {"sig", "signature", "x-amz-signature"};

bool is_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// The '@' that ends user and password in what follows "scheme://"; npos if there are none.
std::size_t end_of_user(std::string_view rest) {
    const std::size_t host_end = std::min(rest.find_first_of("/?#"), rest.size());
    const std::size_t at = rest.substr(0, host_end).rfind('@');
    if (at != std::string_view::npos) {
        // A password may have a slash that should have been written as %2F after an '@' as well:
        // better a host is masked than the end of a password written down.
        const bool has_password = rest.substr(0, at).find(':') != std::string_view::npos;
        return has_password ? rest.substr(0, rest.find_first_of("?#")).rfind('@') : at;
    }
    // The same with no '@' before the slash: what follows the colon is no port.
    const std::size_t colon = rest.substr(0, host_end).find(':');
    if (colon == std::string_view::npos) return std::string_view::npos;
    if (is_digits(rest.substr(colon + 1, host_end - colon - 1))) return std::string_view::npos;
    return rest.rfind('@');
}

// user:password@ as user:***@; under http the user alone may be a token.
std::string mask_user(std::string_view scheme, std::string_view user) {
    const std::size_t colon = user.find(':');
    const bool is_http =
        lower_case(scheme).ends_with("http") || lower_case(scheme).ends_with("https");
    if (colon == std::string_view::npos) return std::string(is_http ? kMask : user);
    // https://TOKEN:x-oauth-basic@host: either may be the secret.
    return std::string(is_http ? kMask : user.substr(0, colon)) + ":" + std::string(kMask);
}

bool is_secret_parameter(std::string_view name) {
    const std::string lower = lower_case(name);
    return is_secret_name(name) ||
           std::find(kSignatures.begin(), kSignatures.end(), lower) != kSignatures.end();
}

// name=value&name=value, after a '?' or a '#'.
std::string mask_parameters(std::string_view text) {
    std::string masked;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find_first_of("?&;#", at), text.size());
        const std::string_view parameter = text.substr(at, end - at);
        const std::size_t sign = parameter.find('=');
        if (sign != std::string_view::npos && is_secret_parameter(parameter.substr(0, sign))) {
            masked += parameter.substr(0, sign + 1);
            masked += kMask;
        } else {
            masked += parameter;
        }
        if (end < text.size()) masked += text[end];
        at = end + 1;
    }
    return masked;
}

}  // namespace

std::string mask_urls(std::string_view text) {
    std::string masked;
    std::size_t copied = 0;
    for (std::size_t at = text.find(kSchemeEnd); at != std::string_view::npos;
         at = text.find(kSchemeEnd, std::max(copied, at + 1))) {
        const std::size_t rest_begin = at + kSchemeEnd.size();
        const std::size_t end = std::min(text.find_first_of(kUrlEnd, rest_begin), text.size());
        masked += text.substr(copied, rest_begin - copied);
        std::string_view rest = text.substr(rest_begin, end - rest_begin);
        std::size_t scheme_begin = at;
        while (scheme_begin > 0 &&
               std::isalpha(static_cast<unsigned char>(text[scheme_begin - 1])) != 0) {
            --scheme_begin;
        }
        const std::size_t user_end = end_of_user(rest);
        if (user_end != std::string_view::npos) {
            masked +=
                mask_user(text.substr(scheme_begin, at - scheme_begin), rest.substr(0, user_end));
            rest.remove_prefix(user_end);
        }
        const std::size_t query = std::min(rest.find_first_of("?#"), rest.size());
        masked += rest.substr(0, query);
        masked += mask_parameters(rest.substr(query));
        copied = end;
    }
    masked += text.substr(copied);
    return masked;
}

}  // namespace daybook::capture
