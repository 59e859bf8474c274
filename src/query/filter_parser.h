// The grammar of filters:
//
//     filter    = all { "or" all }
//     all       = one { "and" one }
//     one       = "not" one | "(" filter ")" | test
//     test      = operand [ ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) operand
//                         | [ "not" ] "in" "(" value { "," value } ")"
//                         | [ "not" ] "between" value "and" value
//                         | [ "not" ] ( "like" | "ilike" ) value | ( "~" | "!~" ) value
//                         | "is" [ "not" ] "null" ]
//     operand   = field | value
//     field     = name { "." name }                   name: a word, or anything in double quotes
//     value     = string | [ "-" ] number | "true" | "false" | duration
//               | "now" [ ( "+" | "-" ) duration ]
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "query/filter_tree.h"

namespace daybook::query {

// How deep parentheses and "not" may nest.
inline constexpr std::size_t kFilterNestingMax = 100;

// kInvalidArgument, with the place, what was found there and what was expected; kLimit where it is
// too long.
Result<Node> parse_filter(std::string_view filter);

}  // namespace daybook::query
