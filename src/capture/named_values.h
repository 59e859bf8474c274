// Secrets that stand after their names in a text of any kind.
#pragma once

#include <string>
#include <string_view>

namespace daybook::capture {

// Text in which the value after every secret name is masked: NAME=VALUE and NAME: VALUE, the name
// bare or in quotes (escaped ones, too), anywhere in scripts, connection strings, JSON, YAML and
// headers; ("NAME", VALUE) of calls and "--NAME", VALUE of lists.  A value in quotes or brackets is
// masked whole.  A bare one ends at a blank, or at a comma, semicolon or ampersand that a blank,
// the end or another name follows; after a colon outside of brackets it ends with the line.
std::string mask_named_values(std::string_view text);

}  // namespace daybook::capture
