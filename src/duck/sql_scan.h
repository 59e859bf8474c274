// The words of SQL, as DuckDB's scanner parts them: enough to know what is a name, what is text and
// what is a comment.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace daybook::duck {

enum class SqlTokenKind {
    kWord,       // a keyword or a bare name
    kQuoted,     // "a name"
    kText,       // 'text', E'text', $$text$$
    kParameter,  // $name, $1
    kSymbol,     // one character of anything else, digits included
};

struct SqlToken {
    SqlTokenKind kind;
    std::string_view text;   // as it is written, with quotes; borrowed from the SQL
    std::size_t offset = 0;  // in the SQL
};

// Comments and blanks are left out.  What does not end ends with the SQL.
std::vector<SqlToken> scan_sql(std::string_view sql);

}  // namespace daybook::duck
