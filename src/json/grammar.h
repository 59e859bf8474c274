// Whether a text is JSON by its grammar alone.
#pragma once

#include <string_view>

namespace daybook::json {

// Whether `text` is one JSON value with nothing but white space around it, as RFC 8259 spells it,
// but for NaN, Infinity and -Infinity, which Python's json writes.  Asks for nothing that
// json/reader.h asks for beyond that: numbers may be of any size, surrogates may stand alone,
// nesting may have any depth, and bytes of strings need not be UTF-8.
bool has_json_grammar(std::string_view text);

}  // namespace daybook::json
