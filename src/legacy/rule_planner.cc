#include "legacy/rule_planner.h"

#include <algorithm>
#include <utility>

#include <fmt/ranges.h>

#include "base/text.h"
#include "legacy/event_types.h"
#include "legacy/plan_sql.h"

namespace daybook::legacy {
namespace {

void add_names(const ValueSpec& value, ColumnNames& names) {
    for (const ValueTerm& term : value.terms) {
        if (term.kind == ValueTerm::Kind::kColumn) names.insert(lower_case(term.text));
        for (const std::string& need : term.needs) names.insert(lower_case(need));
        for (const auto& part : term.parts) {
            for (const std::string& column : part) names.insert(lower_case(column));
        }
        for (const std::string& column : term.object.json) names.insert(lower_case(column));
        for (const auto& [name, member] : term.object.members) add_names(member, names);
    }
}

// The columns that a rule names, which are none of its rest.
ColumnNames named_columns(const Rule& rule) {
    ColumnNames names;
    for (const ValueSpec& part : rule.key) add_names(part, names);
    for (const std::string& need : rule.needs) names.insert(lower_case(need));
    add_names(rule.run_id, names);
    add_names(rule.time, names);
    for (const auto& [name, value] : rule.fields) add_names(value, names);
    return names;
}

bool is_number_type(std::string_view type) {
    constexpr std::string_view kNumbers[] = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",
                                             "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
                                             "HUGEINT",  "UHUGEINT",  "FLOAT",    "DOUBLE"};
    return type.starts_with("DECIMAL(") ||
           std::find(std::begin(kNumbers), std::end(kNumbers), type) != std::end(kNumbers);
}

// The first of the columns that the table has.
std::vector<std::string>::const_iterator first_column(const std::vector<std::string>& names,
                                                      const CatalogTable& table) {
    return std::find_if(names.begin(), names.end(),
                        [&](const std::string& name) { return table.has_column(name); });
}

// Of the columns that a value names, those that it always takes where they are not null: the first
// that the table has.  What stands behind that one counts in some rows only.
void add_taken(const ValueSpec& value, const CatalogTable& table, ColumnNames& names) {
    for (const ValueTerm& term : value.terms) {
        if (term.kind == ValueTerm::Kind::kObject) {
            const auto& json = term.object.json;
            const auto first = first_column(json, table);
            if (first != json.end()) names.insert(lower_case(*first));
            for (const auto& [name, member] : term.object.members) add_taken(member, table, names);
            if (first != json.end() || !term.object.members.empty()) return;
        }
        if (term.kind == ValueTerm::Kind::kColumn && table.has_column(term.text)) {
            names.insert(lower_case(term.text));
            return;
        }
        if (term.kind == ValueTerm::Kind::kJoined) {
            for (const auto& part : term.parts) {
                const auto first = first_column(part, table);
                if (first != part.end()) names.insert(lower_case(*first));
            }
            return;
        }
    }
}

// The columns that are in every event of the rule.
ColumnNames taken_columns(const Rule& rule, const CatalogTable& table) {
    ColumnNames names;
    for (const ValueSpec& part : rule.key) add_taken(part, table, names);
    add_taken(rule.run_id, table, names);
    add_taken(rule.time, table, names);
    for (const auto& [name, value] : rule.fields) add_taken(value, table, names);
    return names;
}

// What is left of a table; that nothing is, is nothing to be told.
bool is_rest(const ValueSpec& spec) {
    return spec.terms.size() == 1 && spec.terms[0].kind == ValueTerm::Kind::kObject &&
           spec.terms[0].object.rest != ObjectSpec::Rest::kNone;
}

bool contains_column(const std::vector<std::string>& names, std::string_view column) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return lower_case(name) == column; });
}

// What a term is called, whatever the table has.
std::string content_name(const ValueTerm& term) {
    if (term.kind == ValueTerm::Kind::kColumn) return lower_case(term.text);
    if (term.kind == ValueTerm::Kind::kSql) return "(" + term.text + ")";
    std::vector<std::string> parts;
    for (const auto& part : term.parts) {
        parts.push_back(fmt::to_string(fmt::join(part, "|")));
    }
    return fmt::format("({}/{})", term.text, fmt::join(parts, "/"));
}

bool is_excepted(const ObjectSpec& spec, std::string_view column) {
    return contains_column(spec.except, column);
}

}  // namespace

// The columns that the SQL of a value reads.
void add_read(const ValueSpec& value, ColumnNames& names) {
    for (const ValueTerm& term : value.terms) {
        for (const std::string& need : term.needs) names.insert(lower_case(need));
        if (term.kind == ValueTerm::Kind::kSpan) {
            for (const auto& part : term.parts) {
                for (const std::string& column : part) names.insert(lower_case(column));
            }
        }
        for (const auto& [name, member] : term.object.members) add_read(member, names);
    }
}

RulePlanner::RulePlanner(const Rule& rule, const Catalog& catalog, const CatalogTable& table)
    : rule_(rule),
      catalog_(catalog),
      table_(table),
      named_(named_columns(rule)),
      taken_(taken_columns(rule, table)) {}

std::size_t RulePlanner::add(const std::string& sql, std::string name) {
    const auto [place, is_new] = places_.try_emplace(sql, expressions_.size());
    if (is_new) {
        expressions_.push_back(sql);
        names_.push_back(std::move(name));
    }
    return place->second;
}

void RulePlanner::take_numbers(const ValueSpec& spec) {
    for (const ValueTerm& term : spec.terms) {
        if (term.kind != ValueTerm::Kind::kObject) continue;
        for (const auto& [name, member] : term.object.members) take_numbers(member);
        if (term.object.rest != ObjectSpec::Rest::kNumbers) continue;
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            const std::string column = lower_case(table_.columns[i]);
            if (is_number_type(table_.types[i]) && !named_.contains(column) &&
                !is_excepted(term.object, column)) {
                numbers_.insert(column);
            }
        }
    }
}

void RulePlanner::add_rest(const ObjectSpec& spec, PlannedObject& object) {
    if (spec.rest == ObjectSpec::Rest::kNone) return;
    for (const std::string& name : table_.columns) {
        const std::string column = lower_case(name);
        const bool is_number = numbers_.contains(column);
        const bool is_some =
            spec.rest != ObjectSpec::Rest::kSome || contains_column(spec.some, column);
        const bool wanted = spec.rest == ObjectSpec::Rest::kNumbers
                                ? is_number
                                : is_some && !is_number && !named_in_full_.contains(column);
        if (!wanted || is_excepted(spec, column)) continue;
        taken_.insert(column);
        const ValueTerm term{.kind = ValueTerm::Kind::kColumn, .text = name};
        object.members.emplace_back(name, value({{term}}));
    }
}

PlannedObject RulePlanner::object(const ObjectSpec& spec) {
    PlannedObject object;
    for (const std::string& column : spec.json) {
        const ValueTerm term{.kind = ValueTerm::Kind::kColumn, .text = column};
        if (const auto sql = term_sql(term, catalog_, table_)) {
            object.json.push_back(add(*sql, content_name(term)));
        }
    }
    for (const auto& [name, member] : spec.members) {
        PlannedValue planned = value(member);
        if (!planned.terms.empty()) object.members.emplace_back(name, std::move(planned));
    }
    add_rest(spec, object);
    ColumnNames members;
    object.may_repeat = !object.json.empty() && !object.members.empty();
    for (const auto& [name, member] : object.members) {
        if (!members.insert(name).second) object.may_repeat = true;
    }
    return object;
}

PlannedValue RulePlanner::value(const ValueSpec& spec) {
    PlannedValue planned;
    for (const ValueTerm& term : spec.terms) {
        PlannedTerm part{
            .kind = term.kind, .is_unique = term.is_unique, .is_assumed = term.is_assumed};
        if (term.kind == ValueTerm::Kind::kConstant) {
            part.json = term.text;
        } else if (term.kind == ValueTerm::Kind::kObject) {
            part.object = object(term.object);
            if (part.object.json.empty() && part.object.members.empty()) continue;
        } else if (const auto sql = term_sql(term, catalog_, table_)) {
            part.kind = ValueTerm::Kind::kColumn;
            part.column = add(*sql, content_name(term));
        } else {
            continue;
        }
        planned.terms.push_back(std::move(part));
    }
    return planned;
}

std::vector<PlannedField> RulePlanner::fields(std::vector<std::string>& missing) {
    for (const auto& [name, spec] : rule_.fields) take_numbers(spec);
    named_in_full_ = taken_;
    std::vector<PlannedField> planned;
    for (const auto& [name, spec] : rule_.fields) {
        PlannedField field{
            .name = name, .spec = field_spec(type_spec(rule_.event), name), .value = value(spec)};
        if (field.value.terms.empty()) {
            if (!is_rest(spec)) missing.push_back(name);
            continue;
        }
        planned.push_back(std::move(field));
    }
    return planned;
}

std::vector<std::string> RulePlanner::key() const {
    std::vector<std::string> parts;
    bool has_any = false;
    for (const ValueSpec& part : rule_.key) {
        const auto sql = text_sql(part, catalog_, table_);
        has_any = has_any || sql.has_value();
        parts.push_back(sql.value_or("CAST(NULL AS VARCHAR)"));
    }
    if (!has_any) parts.clear();
    return parts;
}

}  // namespace daybook::legacy
