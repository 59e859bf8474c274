#include "duck/reading.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "duck/sql_scan.h"

namespace daybook::duck {
namespace {

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
// stand nowhere.
constexpr std::array<std::string_view, 8> kExplained = {"insert",   "update", "delete", "merge",
                                                        "truncate", "create", "drop",   "alter"};

constexpr std::string_view kAllowed =
    "SQL may read the tables, by SELECT, WITH, FROM, VALUES, SHOW, DESCRIBE, SUMMARIZE, PIVOT, "
    "UNPIVOT and EXPLAIN; it reaches no file, network, extension or setting";

std::string lower_case(std::string_view word) {
    std::string lower(word);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// The name that a token spells; empty if it is none.
std::string name_of(const SqlToken& token) {
    if (token.kind == SqlTokenKind::kWord) return lower_case(token.text);
    if (token.kind != SqlTokenKind::kQuoted || token.text.size() < 2) return "";
    return lower_case(token.text.substr(1, token.text.size() - 2));
}

}  // namespace

Status check_reading(std::string_view sql) {
    bool at_beginning = true;
    bool explains = false;
    const std::vector<SqlToken> tokens = scan_sql(sql);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const SqlToken& token = tokens[i];
        const std::string name = name_of(token);
        const bool is_word = token.kind == SqlTokenKind::kWord;
        bool allowed = !(explains && is_word && contains(kExplained, name));
        // A parenthesis may stand before the first word.
        if (at_beginning && token.text != "(" && token.text != ";") {
            at_beginning = false;
            explains = is_word && name == "explain";
            allowed = !is_word || !contains(kChanging, name);
        }
        if (!allowed) {
            return fail(ErrorCode::kPermissionDenied, "run sql: {} is not allowed: {}",
                        printable(token.text), kAllowed);
        }
        const bool called = i + 1 < tokens.size() && tokens[i + 1].text == "(";
        if (called && contains(kBarred, name)) {
            return fail(ErrorCode::kPermissionDenied, "run sql: the function {} is not allowed: {}",
                        printable(name), kAllowed);
        }
        if (token.text == ";") at_beginning = true;
    }
    return {};
}

Error explain_refusal(const Error& error) {
    if (error.code() != ErrorCode::kPermissionDenied) return error;
    return Error(error.code(), fmt::format("{}\n{}", error.message(), kAllowed));
}

}  // namespace daybook::duck
