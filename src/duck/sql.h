// Words of SQL: quoting, and what DuckDB says when a statement is wrong.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::duck {

// "a""b": `name` as an identifier, whatever it holds.
std::string quote_identifier(std::string_view name);
// 'it''s': `text` as a string literal.
std::string quote_literal(std::string_view text);

// `column`, which holds JSON as the log has it, where DuckDB takes it for JSON too, else NULL: a
// function of JSON fails the whole question over one document such as {"a":"\\ud800"}.
std::string valid_json(std::string_view column);

// DuckDB's message, taken apart:
//     Parser Error: syntax error at or near "FORM"
//
//     LINE 1: select * FORM x
//                      ^
struct SqlError {
    std::string summary;           // What comes before "LINE".
    std::size_t line = 0;          // From 1; 0 if the message names no place.
    std::string excerpt;           // The statement's text around the place.
    std::size_t caret_column = 0;  // Where the caret stands below `excerpt`, in bytes from 0.
};
SqlError parse_sql_error(std::string_view message);

// The error of a failed DuckDB call: its whole message, and the code its kind calls for.
Error sql_error(std::string_view message);

}  // namespace daybook::duck
