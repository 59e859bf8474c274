#include "legacy/rule_sql.h"

#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "duck/sql.h"
#include "legacy/plan_sql.h"

namespace daybook::legacy {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kRow = "t";
constexpr std::string_view kPostfix = "__postfix";

void add_pieces(const ValueSpec& value, const std::string& what, std::vector<SqlPiece>& pieces) {
    for (const ValueTerm& term : value.terms) {
        if (term.kind == ValueTerm::Kind::kSql) {
            pieces.push_back(
                {.what = what, .sql = term.text, .line = term.line, .needs = term.needs});
        }
        for (const auto& [name, member] : term.object.members) {
            add_pieces(member, fmt::format("{}.{}", what, name), pieces);
        }
    }
}

std::string_view text_of(const Json& node, const char* name) {
    const auto found = node.find(name);
    if (found == node.end() || !found->is_string()) return "";
    return found->get_ref<const std::string&>();
}

// Walks what json_serialize_sql() gives: a tree of nodes that have a class.
class Walker {
public:
    void walk(const Json& node, bool in_subquery) {  // NOLINT(misc-no-recursion)
        if (node.is_object()) {
            const std::string_view kind = text_of(node, "class");
            if (kind == "COLUMN_REF") add_column(node, in_subquery);
            const std::string_view function = text_of(node, "function_name");
            if (function.ends_with(kPostfix) && found_.unfinished.empty()) {
                found_.unfinished = function.substr(0, function.size() - kPostfix.size());
            }
            in_subquery = in_subquery || kind == "SUBQUERY";
        }
        if (!node.is_structured()) return;
        for (const Json& child : node) walk(child, in_subquery);
    }
    ParsedSql take() { return std::move(found_); }

private:
    void add_column(const Json& node, bool in_subquery) {
        const auto names = node.find("column_names");
        if (names == node.end() || !names->is_array()) return;
        std::vector<std::string> parts;
        for (const Json& name : *names) {
            if (name.is_string()) parts.push_back(lower_case(name.get_ref<const std::string&>()));
        }
        if (parts.empty()) return;
        const bool is_of_row = parts.size() > 1 && parts[0] == kRow;
        if (is_of_row) {
            found_.columns.insert(parts[1]);
        } else if (!in_subquery) {
            found_.columns.insert(parts[0]);
        }
    }

    ParsedSql found_;
};

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

std::vector<SqlPiece> sql_of(const Rule& rule) {
    std::vector<SqlPiece> pieces;
    if (!rule.where.empty()) {
        pieces.push_back({.what = "where", .sql = rule.where, .line = rule.line});
    }
    add_pieces(rule.choice.of, "event.of", pieces);
    add_pieces(rule.run_id, "run_id", pieces);
    add_pieces(rule.time, "time", pieces);
    for (const ValueSpec& part : rule.key) add_pieces(part, "key", pieces);
    for (const auto& [name, value] : rule.fields) add_pieces(value, "fields." + name, pieces);
    return pieces;
}

Result<ParsedSql> parse_sql(const std::string& sql, duck::Connection& connection) {
    // It takes no parameter.
    const std::string text = duck::quote_literal(fmt::format("SELECT ({})", sql));
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection.query(fmt::format("SELECT json_serialize_sql({})", text)));
    ASSIGN_OR_RETURN(const bool has_row, rows.next());
    const Json tree = has_row && !rows.is_null(0) ? Json::parse(rows.get_string(0), nullptr, false)
                                                  : Json(Json::value_t::discarded);
    const bool is_sql = tree.is_object() && !tree.value("error", true);
    if (!is_sql) {
        return fail(ErrorCode::kInvalidArgument, "{}: {}", printable(sql, 200),
                    tree.is_object() ? first_line(text_of(tree, "error_message")) : "no SQL");
    }
    Walker walker;
    walker.walk(tree, false);
    return walker.take();
}

Status check_rule_sql(const Rule& rule, const Catalog& catalog, const CatalogTable& table,
                      duck::Connection& connection) {
    for (const SqlPiece& piece : sql_of(rule)) {
        if (!meets(piece.needs, catalog, table)) continue;
        const auto prepared = connection.prepare(
            fmt::format("SELECT ({}) FROM {} AS t LIMIT 0", piece.sql, table.quoted_name()));
        if (prepared) continue;
        const Error& error = prepared.error();
        const bool is_of_mapping = error.code() == ErrorCode::kInvalidArgument ||
                                   error.code() == ErrorCode::kPermissionDenied;
        if (!is_of_mapping) return fail(error);
        const auto parsed = parse_sql(piece.sql, connection);
        const std::string why =
            parsed && !parsed->unfinished.empty()
                ? fmt::format("nothing stands behind its '{}'", parsed->unfinished)
                : first_line(error.message());
        return fail(error.code(), "mapping {}, line {}: {}: of {}: found {}: {}", rule.file,
                    piece.line, piece.what, printable(table.full_name()), printable(piece.sql, 200),
                    why);
    }
    return {};
}

void add_sql_columns(const ValueSpec& value, const Catalog& catalog, const CatalogTable& table,
                     duck::Connection& connection, ColumnNames& names) {
    for (const ValueTerm& term : value.terms) {
        for (const auto& [name, member] : term.object.members) {
            add_sql_columns(member, catalog, table, connection, names);
        }
        const bool is_column = term.kind == ValueTerm::Kind::kColumn;
        // What stands behind it counts in some rows only.
        if (is_column && table.has_column(term.text)) return;
        if (term.kind != ValueTerm::Kind::kSql || !meets(term.needs, catalog, table)) continue;
        const auto parsed = parse_sql(term.text, connection);
        if (parsed) names.insert(parsed->columns.begin(), parsed->columns.end());
    }
}

}  // namespace daybook::legacy
