#include "duck/reading.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "duck/sql_scan.h"

namespace daybook::duck {
namespace {

// The first two follow any address.
constexpr std::array<std::string_view, 10> kBarred = {
    "arrow_scan", "arrow_scan_dumb", "disable_logging", "enable_logging", "truncate_duckdb_logs",
    "write_log",
    // SQL made of text.
    "query", "query_table", "json_execute_serialized_sql", "seq_scan"};

// Statements that do not read, or change what later ones mean.  A word that is none at all is for
// the parser to complain of.
constexpr std::array<std::string_view, 32> kChanging = {
    "insert", "update", "delete", "merge",   "truncate", "create",  "drop",       "alter",
    "copy",   "call",   "attach", "detach",  "install",  "load",    "set",        "reset",
    "use",    "begin",  "start",  "commit",  "rollback", "abort",   "checkpoint", "force",
    "vacuum", "export", "import", "prepare", "execute",  "analyze", "deallocate", "comment"};

// EXPLAIN ANALYZE runs what it explains, and its type does not tell what that is: there these may
// stand nowhere, for they may follow a WITH, and what it explains may begin with none of the above.
constexpr std::array<std::string_view, 8> kExplained = {"insert",   "update", "delete", "merge",
                                                        "truncate", "create", "drop",   "alter"};

constexpr std::string_view kAllowed =
    "SQL may read the tables, by SELECT, WITH, FROM, VALUES, SHOW, DESCRIBE, SUMMARIZE, PIVOT, "
    "UNPIVOT and EXPLAIN; it reaches no file, network, extension or setting";

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether what follows a function's name may be its parenthesis, behind a quote, blanks (those of
// Unicode too) and comments.
bool may_be_called(std::string_view rest) {
    bool in_comment = false;  // comments nest, and this does not count how deep
    while (!rest.empty()) {
        const char c = rest.front();
        std::size_t skipped = 0;
        if (rest.starts_with("--")) {
            skipped = std::min(rest.find_first_of("\n\r"), rest.size());
        } else if (rest.starts_with("/*")) {
            skipped = std::min(rest.find("*/"), rest.size());
            in_comment = true;
        } else if (c == ' ' || c == '"' || (c >= '\t' && c <= '\r') ||
                   static_cast<unsigned char>(c) >= 0x80 ||
                   (in_comment && (c == '*' || c == '/'))) {
            skipped = 1;
        } else {
            return c == '(';
        }
        rest.remove_prefix(skipped);
    }
    return false;
}

// Whether `sql`, in lower case, may call `function`.  Text and comments count too: where they begin
// and end is for DuckDB to say, and what is hidden from this scan must not be hidden from it.
bool may_call(std::string_view sql, std::string_view function) {
    for (std::size_t at = sql.find(function); at != std::string_view::npos;
         at = sql.find(function, at + 1)) {
        const char before = at == 0 ? ' ' : sql[at - 1];
        const bool in_word = (before >= 'a' && before <= 'z') || before == '_' || before == '$' ||
                             (before >= '0' && before <= '9');
        if (!in_word && may_be_called(sql.substr(at + function.size()))) return true;
    }
    return false;
}

// Whether a name or text may be spelled by code points, U&"arrow\005Fscan".
bool may_spell_by_code(std::string_view sql) {
    return sql.find("u&\"") != std::string_view::npos || sql.find("u&'") != std::string_view::npos;
}

Status check_functions(std::string_view sql) {
    const std::string lower = lower_case(sql);
    if (may_spell_by_code(lower)) {
        return fail(ErrorCode::kPermissionDenied,
                    "run sql: U&\"…\" and U&'…' are not allowed, not even inside of text: {}",
                    kAllowed);
    }
    for (const std::string_view function : kBarred) {
        if (!may_call(lower, function)) continue;
        return fail(ErrorCode::kPermissionDenied,
                    "run sql: the function {} is not allowed, not even inside of text or a "
                    "comment: {}",
                    function, kAllowed);
    }
    return {};
}

// Follows the words of one statement after the other.
class StatementWords {
public:
    // Whether `token` may stand where it stands.
    bool allows(const SqlToken& token) {
        const bool is_word = token.kind == SqlTokenKind::kWord;
        const std::string word = is_word ? lower_case(token.text) : std::string();
        bool allowed = !(explains_ && contains(kExplained, word));
        // A parenthesis may stand before the first word, and options behind EXPLAIN.
        const bool is_option = explains_ && (!is_word || contains(kOptions, word));
        if (at_beginning_ && token.text != "(" && !is_option) {
            at_beginning_ = !explains_ && word == "explain";
            allowed = allowed && !contains(kChanging, word) && !(explains_ && word == "pragma");
            explains_ = explains_ || at_beginning_;
        }
        if (token.text == ";") {
            at_beginning_ = true;
            explains_ = false;
        }
        return allowed;
    }

private:
    static constexpr std::array<std::string_view, 5> kOptions = {"analyze", "analyse", "verbose",
                                                                 "format", "json"};
    bool at_beginning_ = true;
    bool explains_ = false;
};

}  // namespace

Status check_reading(std::string_view sql) {
    RETURN_IF_ERROR(check_functions(sql));
    StatementWords words;
    for (const SqlToken& token : scan_sql(sql)) {
        if (words.allows(token)) continue;
        return fail(ErrorCode::kPermissionDenied, "run sql: {} is not allowed: {}",
                    printable(token.text), kAllowed);
    }
    return {};
}

Error explain_refusal(const Error& error) {
    if (error.code() != ErrorCode::kPermissionDenied) return error;
    return Error(error.code(), fmt::format("{}\n{}", error.message(), kAllowed));
}

}  // namespace daybook::duck
