#include "legacy/plan_sql.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "base/text.h"
#include "duck/sql.h"
#include "json/escape.h"

namespace daybook::legacy {
namespace {

// In a mapping: the name of the table.
constexpr std::string_view kTableWord = "{table}";

// A constant, which is JSON, as the text that it is.
std::string constant_text(std::string_view json) {
    if (!json.starts_with('"')) return std::string(json);
    std::string text;
    json::unescape(json.substr(1, json.size() - 2), text);
    return text;
}

std::string quoted_column(const std::string& name) { return "t." + duck::quote_identifier(name); }

// Those of the columns that the table has, each in `form`.
std::vector<std::string> columns_sql(const std::vector<std::string>& names,
                                     const CatalogTable& table, const char* form) {
    std::vector<std::string> columns;
    for (const std::string& name : names) {
        if (!table.has_column(name)) continue;
        columns.push_back(fmt::format(fmt::runtime(form), quoted_column(name)));
    }
    return columns;
}

// Milliseconds, or what a text says; text without a zone is UTC, as the connection's zone is.
std::string time_text_sql(const std::string& text) {
    const std::string trimmed = fmt::format("trim({})", text);
    return fmt::format(
        "coalesce(TRY_CAST({0} AS BIGINT), CASE WHEN isfinite(TRY_CAST({0} AS TIMESTAMPTZ)) THEN "
        "epoch_ms(TRY_CAST({0} AS TIMESTAMPTZ)) END)",
        trimmed);
}

// Null where all the parts are.
std::optional<std::string> joined_sql(const ValueTerm& term, const CatalogTable& table) {
    std::vector<std::string> parts;
    for (const std::vector<std::string>& names : term.parts) {
        const auto columns = columns_sql(names, table, "CAST({} AS VARCHAR)");
        if (columns.empty()) continue;
        parts.push_back(fmt::format("coalesce({})", fmt::join(columns, ", ")));
    }
    if (parts.empty()) return std::nullopt;
    const std::string first = term.text == kTableWord ? table.name : term.text;
    return fmt::format("(CASE WHEN coalesce({0}) IS NOT NULL THEN concat_ws('/', {1}{0}) END)",
                       fmt::join(parts, ", "),
                       first.empty() ? std::string() : duck::quote_literal(first) + ", ");
}

// The first of the columns that says a time, whatever its type, as milliseconds since 1970.
std::optional<std::string> moment_sql(const std::vector<std::string>& names,
                                      const CatalogTable& table) {
    std::vector<std::string> moments = columns_sql(names, table, "CAST({} AS VARCHAR)");
    if (moments.empty()) return std::nullopt;
    for (std::string& moment : moments) moment = time_text_sql(moment);
    return fmt::format("coalesce({})", fmt::join(moments, ", "));
}

// Null where it is not known, or less than nothing.
std::optional<std::string> span_sql(const ValueTerm& term, const CatalogTable& table) {
    const auto from = moment_sql(term.parts[0], table);
    const auto to = moment_sql(term.parts[1], table);
    if (!from || !to) return std::nullopt;
    return fmt::format("(CASE WHEN {1} >= {0} THEN {1} - {0} END)", *from, *to);
}

// An expression, where the row has one of the columns that it is given with, and none of those that
// it gives way to.
std::optional<std::string> given_sql(const ValueTerm& term, const Catalog& catalog,
                                     const CatalogTable& table) {
    if (!meets(term.needs, catalog, table)) return std::nullopt;
    const auto given = columns_sql(term.given, table, "{} IS NOT NULL");
    if (given.empty() && !term.given.empty()) return std::nullopt;
    // A text of white space is none.
    std::vector<std::string> conditions =
        columns_sql(term.without, table, "coalesce(trim(CAST({} AS VARCHAR)), '') = ''");
    if (!given.empty()) {
        conditions.insert(conditions.begin(), fmt::format("({})", fmt::join(given, " OR ")));
    }
    if (conditions.empty()) return "(" + term.text + ")";
    return fmt::format("(CASE WHEN {} THEN ({}) END)", fmt::join(conditions, " AND "), term.text);
}

bool is_double(const ValueTerm& term, const CatalogTable& table) {
    if (term.kind != ValueTerm::Kind::kColumn) return false;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (lower_case(table.columns[i]) != lower_case(term.text)) continue;
        return table.types[i] == "DOUBLE" || table.types[i] == "FLOAT";
    }
    return false;
}

// Each term that the table has, as text.
std::vector<std::string> text_terms(const ValueSpec& value, const Catalog& catalog,
                                    const CatalogTable& table, bool are_names = false) {
    std::vector<std::string> terms;
    for (const ValueTerm& term : value.terms) {
        if (const auto sql = term_sql(term, catalog, table)) {
            if (are_names && is_double(term, table)) {
                terms.push_back(fmt::format(
                    "CASE WHEN abs({0}) <= 9007199254740992 AND {0} = trunc({0}) THEN "
                    "CAST(CAST({0} AS BIGINT) AS VARCHAR) ELSE CAST({0} AS VARCHAR) END",
                    *sql));
                continue;
            }
            terms.push_back(fmt::format("CAST({} AS VARCHAR)", *sql));
        } else if (term.kind == ValueTerm::Kind::kConstant) {
            terms.push_back(duck::quote_literal(constant_text(term.text)));
        }
    }
    return terms;
}

std::optional<std::string> first_of(const std::vector<std::string>& terms) {
    if (terms.empty()) return std::nullopt;
    if (terms.size() == 1) return terms[0];
    return fmt::format("coalesce({})", fmt::join(terms, ", "));
}

}  // namespace

bool meets(const std::vector<std::string>& needs, const Catalog& catalog,
           const CatalogTable& table) {
    return std::all_of(needs.begin(), needs.end(), [&](const std::string& need) {
        return table.has_column(need) ||
               (need.find('.') != std::string::npos && catalog.find(need) != nullptr);
    });
}

std::optional<std::string> term_sql(const ValueTerm& term, const Catalog& catalog,
                                    const CatalogTable& table) {
    switch (term.kind) {
        case ValueTerm::Kind::kColumn:
            if (table.has_column(term.text)) return quoted_column(term.text);
            return std::nullopt;
        case ValueTerm::Kind::kSql: return given_sql(term, catalog, table);
        case ValueTerm::Kind::kJoined: return joined_sql(term, table);
        case ValueTerm::Kind::kSpan: return span_sql(term, table);
        default: return std::nullopt;
    }
}

std::optional<std::string> text_sql(const ValueSpec& value, const Catalog& catalog,
                                    const CatalogTable& table) {
    return first_of(text_terms(value, catalog, table));
}

std::optional<std::string> name_sql(const ValueSpec& value, const Catalog& catalog,
                                    const CatalogTable& table) {
    return first_of(text_terms(value, catalog, table, true));
}

std::optional<ChoiceSql> choice_sql(const Choice& choice, const Catalog& catalog,
                                    const CatalogTable& table) {
    std::vector<std::string> words = text_terms(choice.of, catalog, table);
    for (std::string& word : words) word = fmt::format("nullif(trim(lower({})), '')", word);
    const auto first = first_of(words);
    if (!first) return std::nullopt;
    if (words.size() == 1) return ChoiceSql{.word = *first, .value = *first};
    std::vector<std::string> known;
    for (const std::string& word : words) {
        known.push_back(
            fmt::format("CASE WHEN {0} IN {1} THEN {0} END", word, in_list(choice.known)));
    }
    known.push_back(*first);
    return ChoiceSql{.word = *first, .value = *first_of(known)};
}

CatalogTable spread(const CatalogTable& table, std::size_t column) {
    const std::string value = quoted_column(table.columns[column]);
    const std::string& type = table.types[column];
    std::string items = fmt::format("CAST({} AS VARCHAR[])", value);
    if (!type.ends_with("[]")) {
        const bool is_text = type == "VARCHAR" || type == "JSON";
        items = fmt::format(
            "CASE WHEN NOT json_valid({0}) THEN [{0}] WHEN json_type({0}) = 'ARRAY' THEN "
            "json_extract_string({0}, '$[*]') WHEN json_type({0}) = 'OBJECT' THEN "
            "json_extract_string({0}, '$.*') ELSE [json_extract_string({0}, '$')] END",
            fmt::format(
                fmt::runtime(is_text ? "CAST({} AS VARCHAR)" : "CAST(to_json({}) AS VARCHAR)"),
                value));
    }
    const std::string item = duck::quote_identifier(std::string(kEachColumn));
    // The item takes the place of a column of that name, which would stand before it.
    const std::string own = table.has_column(kEachColumn) ? " EXCLUDE (" + item + ")" : "";
    CatalogTable rows = table;
    for (std::size_t i = rows.columns.size(); i-- > 0;) {
        if (lower_case(rows.columns[i]) != kEachColumn) continue;
        rows.columns.erase(rows.columns.begin() + static_cast<std::ptrdiff_t>(i));
        rows.types.erase(rows.types.begin() + static_cast<std::ptrdiff_t>(i));
    }
    rows.columns.emplace_back(kEachColumn);
    rows.types.emplace_back("VARCHAR");
    rows.spread_of = &table;
    rows.spread_sql = fmt::format("SELECT t.*{}, unnest({}) AS {} FROM {} AS t", own, items, item,
                                  table.quoted_name());
    return rows;
}

std::string in_list(const std::vector<std::string>& texts) {
    std::vector<std::string> quoted;
    quoted.reserve(texts.size());
    for (const std::string& text : texts) quoted.push_back(duck::quote_literal(text));
    return fmt::format("({})", fmt::join(quoted, ", "));
}

std::string time_sql(const std::string& expression, const duck::TypeInfo& type) {
    switch (type.kind) {
        case duck::TypeKind::kFloat:
        case duck::TypeKind::kDouble:
        case duck::TypeKind::kDecimal:
            return fmt::format("TRY_CAST(floor({}) AS BIGINT)", expression);
        case duck::TypeKind::kDate:
        case duck::TypeKind::kTimestamp:
        case duck::TypeKind::kTimestampTz:
        case duck::TypeKind::kTimestampS:
        case duck::TypeKind::kTimestampMs:
        case duck::TypeKind::kTimestampNs:
            return fmt::format("CASE WHEN isfinite({0}) THEN epoch_ms(CAST({0} AS TIMESTAMP)) END",
                               expression);
        case duck::TypeKind::kVarchar: return time_text_sql(expression);
        // The words of an ENUM are texts.
        case duck::TypeKind::kEnum:
            return time_text_sql(fmt::format("CAST({} AS VARCHAR)", expression));
        default: break;
    }
    if (type.is_number()) return fmt::format("TRY_CAST({} AS BIGINT)", expression);
    return "";
}

std::string is_cut_sql(const std::string& expression, const duck::TypeInfo& type) {
    switch (type.kind) {
        case duck::TypeKind::kFloat:
        case duck::TypeKind::kDouble:
        case duck::TypeKind::kDecimal: return fmt::format("{0} <> floor({0})", expression);
        case duck::TypeKind::kTimestamp:
        case duck::TypeKind::kTimestampTz:
            return fmt::format("epoch_us({}) % 1000 <> 0", expression);
        case duck::TypeKind::kTimestampNs:
            return fmt::format("epoch_ns({}) % 1000000 <> 0", expression);
        case duck::TypeKind::kVarchar:
        case duck::TypeKind::kEnum:
            // Behind the seconds more than three digits, or behind a number of milliseconds any.
            return fmt::format(
                "regexp_matches(CAST({} AS VARCHAR), "
                "'(:[0-9]+[.][0-9]{{3}}|^\\s*[-+]?[0-9]*[.])[0-9]*[1-9]')",
                expression);
        default: return "";
    }
}

Result<std::vector<duck::TypeInfo>> types_of(const std::vector<std::string>& expressions,
                                             const CatalogTable& table,
                                             duck::Connection& connection) {
    std::vector<duck::TypeInfo> types;
    if (expressions.empty()) return types;
    const auto rows = connection.query(fmt::format(
        "SELECT {} FROM {} AS t LIMIT 0", fmt::join(expressions, ", "), table.quoted_name()));
    if (!rows) {
        return fail(ErrorCode::kInvalidArgument, "{}: {}", table.full_name(),
                    rows.error().message());
    }
    for (std::size_t i = 0; i < rows->column_count(); ++i) types.push_back(rows->column_type(i));
    return types;
}

Result<std::optional<TimeSql>> plan_time(const ValueSpec& value, const Catalog& catalog,
                                         const CatalogTable& table, duck::Connection& connection) {
    TimeSql time;
    std::vector<std::string> expressions;
    std::vector<std::string> names;
    for (const ValueTerm& term : value.terms) {
        if (const auto sql = term_sql(term, catalog, table)) {
            expressions.push_back(*sql);
            names.push_back(term.text);
        }
        if (term.kind == ValueTerm::Kind::kConstant) {
            expressions.push_back(duck::quote_literal(constant_text(term.text)));
            names.push_back(term.text);
        }
        // What stands behind it never counts.
        if (term.kind == ValueTerm::Kind::kFirstOfRun) time.of_run = "first";
        if (term.kind == ValueTerm::Kind::kLastOfRun) time.of_run = "last";
        if (!time.of_run.empty()) break;
    }
    ASSIGN_OR_RETURN(const std::vector<duck::TypeInfo> types,
                     types_of(expressions, table, connection));
    std::vector<std::string> terms;
    std::vector<std::string> texts;
    std::string exact;
    bool may_be_cut = false;
    for (std::size_t i = 0; i < types.size(); ++i) {
        std::string sql = time_sql(expressions[i], types[i]);
        if (!sql.empty()) {
            const std::string text = fmt::format("CAST({} AS VARCHAR)", expressions[i]);
            const std::string is_cut = is_cut_sql(expressions[i], types[i]);
            may_be_cut = may_be_cut || !is_cut.empty();
            exact += fmt::format(
                " WHEN {} IS NOT NULL THEN {}", sql,
                is_cut.empty() ? "NULL" : fmt::format("CASE WHEN {} THEN {} END", is_cut, text));
            texts.push_back(text);
            terms.push_back(std::move(sql));
            continue;
        }
        time.dropped += fmt::format("{}{} {}", time.dropped.empty() ? "" : ", ",
                                    printable(names[i]), types[i].name);
    }
    if (terms.empty() && time.of_run.empty() && time.dropped.empty()) {
        return std::optional<TimeSql>();
    }
    time.own = terms.empty() ? "CAST(NULL AS BIGINT)"
                             : fmt::format("coalesce({})", fmt::join(terms, ", "));
    if (may_be_cut) time.exact = fmt::format("CASE{} END", exact);
    if (!texts.empty()) time.text = fmt::format("coalesce({})", fmt::join(texts, ", "));
    return std::optional<TimeSql>(std::move(time));
}

}  // namespace daybook::legacy
