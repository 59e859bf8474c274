#include "query/filter.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/ranges.h>

#include "base/calendar.h"
#include "base/text.h"
#include "duck/sql.h"
#include "query/filter_error.h"
#include "query/filter_parser.h"

namespace daybook::query {
namespace {

// What both sides of a test are taken for.
enum class Meaning { kText, kNumber, kBoolean, kTime, kDuration };

// Times and durations beyond this are slips; a double holds all whole numbers below it.
constexpr double kMillisecondsMax = 1e15;

std::string whole_milliseconds(double value) {
    return fmt::format("{:.0f}",
                       std::round(std::clamp(value, -kMillisecondsMax, kMillisecondsMax)));
}

// As it is written where SQL reads it as the same number; otherwise as a DOUBLE, because DuckDB
// takes 1.5 for a DECIMAL, whose digits are limited.
std::string number_sql(const std::string& text) {
    constexpr std::size_t kDigitsOfBigint = 18;
    if (text.find_first_of("eE") != std::string::npos) return text;
    const bool whole = text.find('.') == std::string::npos;
    return whole && text.size() <= kDigitsOfBigint ? text : text + "e0";
}

class Generator {
public:
    Generator(std::string_view filter, const FilterOptions& options)
        : filter_(filter), options_(options) {}

    Result<std::string> sql_of(const Node& node) const {
        switch (node.kind) {
            case NodeKind::kAnd:
            case NodeKind::kOr: return chain(node);
            case NodeKind::kNot: {
                ASSIGN_OR_RETURN(const std::string child, sql_of(node.children.front()));
                return "(NOT " + child + ")";
            }
            case NodeKind::kCompare: return compare(node);
            case NodeKind::kIn:
            case NodeKind::kBetween: return one_of(node);
            case NodeKind::kMatch: return match(node);
            case NodeKind::kNull: {
                ASSIGN_OR_RETURN(const Field field, field_of(node.operands.front()));
                return fmt::format("({} {} NULL)", field.sql, node.op == "is" ? "IS" : "IS NOT");
            }
            case NodeKind::kField: return truth(node);
        }
        return fail(ErrorCode::kInternal, "filter: a node of an unknown kind");
    }

private:
    Result<std::string> chain(const Node& node) const {
        std::vector<std::string> parts;
        for (const Node& child : node.children) {
            ASSIGN_OR_RETURN(std::string part, sql_of(child));
            parts.push_back(std::move(part));
        }
        return fmt::format("({})",
                           fmt::join(parts, node.kind == NodeKind::kAnd ? " AND " : " OR "));
    }

    Result<Field> field_of(const Operand& operand) const {
        if (const auto* name = std::get_if<FieldName>(&operand)) {
            return find_field(*name, options_.scope, options_.known, filter_);
        }
        return fail(filter_error(filter_, std::get<Literal>(operand).offset,
                                 "found a value, expected a field"));
    }

    static Meaning meaning_of(const Field& field, const Operand& other) {
        switch (field.type) {
            case FieldType::kText: return Meaning::kText;
            case FieldType::kNumber: return Meaning::kNumber;
            case FieldType::kBoolean: return Meaning::kBoolean;
            case FieldType::kTime: return Meaning::kTime;
            case FieldType::kDuration: return Meaning::kDuration;
            case FieldType::kAny: break;
        }
        const auto* literal = std::get_if<Literal>(&other);
        if (literal != nullptr && literal->kind == LiteralKind::kNumber) return Meaning::kNumber;
        return Meaning::kText;
    }

    static const std::string& sql_as(const Field& field, Meaning meaning) {
        return meaning == Meaning::kNumber ? field.number : field.sql;
    }

    Error mismatch(const Literal& literal, std::string_view expected, const Field& field) const {
        std::string found = literal.text;
        if (literal.kind == LiteralKind::kString) found = duck::quote_literal(literal.text);
        if (literal.kind == LiteralKind::kNow) found = "now";
        return filter_error(filter_, literal.offset,
                            fmt::format("found {}, expected {} to compare {} with",
                                        printable(found), expected, printable(field.shown)));
    }

    Result<std::string> literal_sql(const Literal& literal, Meaning meaning,
                                    const Field& field) const {
        switch (meaning) {
            case Meaning::kText:
                if (literal.kind == LiteralKind::kString) return duck::quote_literal(literal.text);
                // A tag or a value of JSON, as text.
                if (literal.kind == LiteralKind::kBoolean && field.type == FieldType::kAny) {
                    return duck::quote_literal(literal.text);
                }
                return fail(mismatch(literal,
                                     field.type == FieldType::kAny
                                         ? "a string, a number, true or false"
                                         : "a string, such as 'text',",
                                     field));
            case Meaning::kNumber:
                if (literal.kind == LiteralKind::kNumber) return number_sql(literal.text);
                return fail(mismatch(literal, "a number", field));
            case Meaning::kBoolean:
                if (literal.kind == LiteralKind::kBoolean) return literal.text;
                return fail(mismatch(literal, "true or false", field));
            case Meaning::kTime: return time_sql(literal, field);
            case Meaning::kDuration:
                if (literal.kind == LiteralKind::kDuration) {
                    return whole_milliseconds(literal.milliseconds);
                }
                if (literal.kind == LiteralKind::kNumber && field.shown.ends_with("_ms")) {
                    return number_sql(literal.text);
                }
                return fail(
                    mismatch(literal, "a duration with its unit, such as 90s or 5m,", field));
        }
        return fail(ErrorCode::kInternal, "filter: a value of an unknown meaning");
    }

    Result<std::string> time_sql(const Literal& literal, const Field& field) const {
        if (literal.kind == LiteralKind::kNow) {
            return whole_milliseconds(static_cast<double>(options_.now.value()) +
                                      literal.milliseconds);
        }
        if (literal.kind == LiteralKind::kNumber && field.shown.ends_with("_ms")) {
            return number_sql(literal.text);
        }
        if (literal.kind == LiteralKind::kString) {
            if (const auto time = parse_iso8601(literal.text)) {
                return fmt::format("{}", time->value());
            }
        }
        return fail(mismatch(
            literal, "a time, such as '2026-01-23', '2026-01-23T09:15' or now - 7d,", field));
    }

    Result<std::string> compare(const Node& node) const {
        const Operand* left = &node.operands[0];
        const Operand* right = &node.operands[1];
        std::string op = node.op == "!=" ? "<>" : node.op;
        if (std::holds_alternative<Literal>(*left) && std::holds_alternative<FieldName>(*right)) {
            std::swap(left, right);
            if (op.starts_with('<') && op != "<>") {
                op[0] = '>';
            } else if (op.starts_with('>')) {
                op[0] = '<';
            }
        }
        ASSIGN_OR_RETURN(const Field field, field_of(*left));
        if (std::holds_alternative<FieldName>(*right)) return compare_fields(field, op, node);
        const Meaning meaning = meaning_of(field, *right);
        const auto& literal = std::get<Literal>(*right);
        ASSIGN_OR_RETURN(const std::string value, literal_sql(literal, meaning, field));
        if (literal.kind == LiteralKind::kBoolean && op != "=" && op != "<>") {
            return fail(filter_error(
                filter_, node.offset,
                fmt::format("found {}, expected = or != before {}", node.op, literal.text)));
        }
        return fmt::format("({} {} {})", sql_as(field, meaning), op, value);
    }

    Result<std::string> compare_fields(const Field& left, const std::string& op,
                                       const Node& node) const {
        const auto& name = std::get<FieldName>(node.operands[1]);
        const Result<Field> found = field_of(node.operands[1]);
        if (!found && name.parts.size() == 1) {
            // status = failed
            return fail(filter_error(
                filter_, name.offset,
                fmt::format("found {}, which is no field; a string goes into quotes: {}",
                            printable(name.parts.front()),
                            printable(duck::quote_literal(name.parts.front())))));
        }
        ASSIGN_OR_RETURN(const Field right, found);
        const bool left_any = left.type == FieldType::kAny;
        const bool right_any = right.type == FieldType::kAny;
        const FieldType type = left_any ? right.type : left.type;
        const bool both_any = left_any && right_any;
        const bool fit =
            left.type == right.type ||
            ((left_any || right_any) && (type == FieldType::kText || type == FieldType::kNumber));
        if (!fit) {
            return fail(filter_error(filter_, std::get<FieldName>(node.operands[1]).offset,
                                     fmt::format("found {}, which is of another kind than {}",
                                                 printable(right.shown), printable(left.shown))));
        }
        // Two values of JSON are equal as texts, and greater as numbers.
        const bool as_numbers = type == FieldType::kNumber || (both_any && op != "=" && op != "<>");
        const Meaning meaning = as_numbers ? Meaning::kNumber : Meaning::kText;
        return fmt::format("({} {} {})", sql_as(left, meaning), op, sql_as(right, meaning));
    }

    // in (…) and between … and …: the first value decides what all of them are.
    Result<std::string> one_of(const Node& node) const {
        ASSIGN_OR_RETURN(const Field field, field_of(node.operands[0]));
        const Meaning meaning = meaning_of(field, node.operands[1]);
        std::vector<std::string> values;
        for (std::size_t i = 1; i < node.operands.size(); ++i) {
            const auto& literal = std::get<Literal>(node.operands[i]);
            if (field.type == FieldType::kAny && i > 1 &&
                meaning_of(field, node.operands[i]) != meaning) {
                return fail(mismatch(literal, meaning == Meaning::kNumber ? "a number" : "a string",
                                     field));
            }
            ASSIGN_OR_RETURN(std::string value, literal_sql(literal, meaning, field));
            values.push_back(std::move(value));
        }
        if (node.kind == NodeKind::kIn) {
            return fmt::format("({} IN ({}))", sql_as(field, meaning), fmt::join(values, ", "));
        }
        return fmt::format("({} BETWEEN {} AND {})", sql_as(field, meaning), values[0], values[1]);
    }

    Result<std::string> match(const Node& node) const {
        ASSIGN_OR_RETURN(const Field field, field_of(node.operands[0]));
        const auto& literal = std::get<Literal>(node.operands[1]);
        if (field.type != FieldType::kText && field.type != FieldType::kAny) {
            return fail(filter_error(filter_, node.offset,
                                     fmt::format("found {}, which compares texts; {} is none",
                                                 node.op, printable(field.shown))));
        }
        if (literal.kind != LiteralKind::kString) {
            return fail(mismatch(literal, "a pattern in quotes", field));
        }
        const std::string pattern = duck::quote_literal(literal.text);
        // Anywhere in the text, as grep does it; ^ and $ stand for its ends.
        if (node.op.ends_with('~'))
            return fmt::format("regexp_matches({}, {})", field.sql, pattern);
        return fmt::format("({} {} {})", field.sql, node.op == "like" ? "LIKE" : "ILIKE", pattern);
    }

    Result<std::string> truth(const Node& node) const {
        ASSIGN_OR_RETURN(const Field field, field_of(node.operands.front()));
        if (field.type == FieldType::kBoolean) return field.sql;
        if (field.type == FieldType::kAny) return fmt::format("({} = 'true')", field.sql);
        return fail(filter_error(
            filter_, node.offset,
            fmt::format("found no comparison, expected one behind {}, such as =, > or in",
                        printable(field.shown))));
    }

    std::string_view filter_;
    const FilterOptions& options_;
};

}  // namespace

Result<std::string> filter_sql(std::string_view filter, const FilterOptions& options) {
    ASSIGN_OR_RETURN(const Node node, parse_filter(filter));
    return Generator(filter, options).sql_of(node);
}

}  // namespace daybook::query
