// What must not be written down: passwords, keys and tokens, known by the names they go by.
//
// It errs on the side of masking: a value too many that reads *** can be looked up elsewhere, one
// that was written into an append-only log cannot be taken back.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::capture {

// What stands in a secret's place.
inline constexpr std::string_view kMask = "***";

// Whether what goes by this name (of a variable, a flag, a field) is a secret: it has KEY, TOKEN,
// SECRET, PASSWORD, PASSWD, PASSPHRASE, CREDENTIAL, AUTH or JWT in it, in any case and anywhere, or
// the word PASS, PWD, COOKIE or BEARER.  Not for these: keyboard, keyword, keyframe, monkey,
// turkey, tokenizer and author are looked over.
bool is_secret_name(std::string_view name);

// A command line without its secrets: the values of --x-key=VALUE, --x-key VALUE and
// NAME_TOKEN=VALUE; in every word, and in the words within a quoted one, what mask_text() masks.
// Left are -pVALUE, a port, a path or a count more often than a password, and after --x-key what
// looks like a flag of its own (--lower-case).
std::vector<std::string> mask_arguments(std::span<const std::string_view> arguments);

// Text without the secrets whose place shows what they are: the password, or under http the whole
// user, of scheme://user:password@host; values of secret names in ?name=value&…, and wherever else
// a value follows its name (see named_values.h).
std::string mask_text(std::string_view text);

}  // namespace daybook::capture
