#include "legacy/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/ranges.h>

#include "base/text.h"
#include "legacy/plan_sql.h"

namespace daybook::legacy {
namespace {

using Names = std::set<std::string, std::less<>>;  // of columns, in lower case

const schema::TypeSpec* type_spec(std::string_view event) {
    for (const schema::TypeSpec& type : schema::builtin_types()) {
        if (type.name == event) return &type;
    }
    return nullptr;
}

void add_names(const ValueSpec& value, Names& names) {
    for (const ValueTerm& term : value.terms) {
        if (term.kind == ValueTerm::Kind::kColumn) names.insert(lower_case(term.text));
        for (const std::string& need : term.needs) names.insert(lower_case(need));
        for (const std::string& column : term.object.json) names.insert(lower_case(column));
        for (const auto& [name, member] : term.object.members) add_names(member, names);
    }
}

// The columns that a rule names, which are none of its rest.
Names named_columns(const Rule& rule) {
    Names names;
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

// One rule over one table.
class RulePlanner {
public:
    RulePlanner(const Rule& rule, const Catalog& catalog, const CatalogTable& table)
        : rule_(rule), catalog_(catalog), table_(table), named_(named_columns(rule)) {}

    // The fields that the table has something for; the others' names go to `missing`.
    std::vector<PlannedField> fields(std::vector<std::string>& missing);
    // The parts of the key, as SQL.
    std::vector<std::string> key() const;
    // What the fields' columns are, counted from 0, as SQL.
    std::vector<std::string>& expressions() { return expressions_; }

private:
    std::size_t add(const std::string& sql);
    PlannedValue value(const ValueSpec& spec);
    PlannedObject object(const ObjectSpec& spec);
    void add_rest(const ObjectSpec& spec, PlannedObject& object);
    void take_numbers(const ValueSpec& spec);

    const Rule& rule_;
    const Catalog& catalog_;
    const CatalogTable& table_;
    Names named_;
    Names numbers_;  // that a rest of numbers takes
    std::vector<std::string> expressions_;
    std::map<std::string, std::size_t> places_;
};

std::size_t RulePlanner::add(const std::string& sql) {
    const auto [place, is_new] = places_.try_emplace(sql, expressions_.size());
    if (is_new) expressions_.push_back(sql);
    return place->second;
}

bool is_excepted(const ObjectSpec& spec, std::string_view column) {
    return std::any_of(spec.except.begin(), spec.except.end(),
                       [&](const std::string& name) { return lower_case(name) == column; });
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
        const bool wanted = spec.rest == ObjectSpec::Rest::kNumbers ? is_number : !is_number;
        if (!wanted || named_.contains(column) || is_excepted(spec, column)) continue;
        const ValueTerm term{.kind = ValueTerm::Kind::kColumn, .text = name};
        object.members.emplace_back(name, value({{term}}));
    }
}

PlannedObject RulePlanner::object(const ObjectSpec& spec) {
    PlannedObject object;
    for (const std::string& column : spec.json) {
        const ValueTerm term{.kind = ValueTerm::Kind::kColumn, .text = column};
        if (const auto sql = term_sql(term, catalog_, table_)) object.json.push_back(add(*sql));
    }
    for (const auto& [name, member] : spec.members) {
        PlannedValue planned = value(member);
        if (!planned.terms.empty()) object.members.emplace_back(name, std::move(planned));
    }
    add_rest(spec, object);
    return object;
}

PlannedValue RulePlanner::value(const ValueSpec& spec) {
    PlannedValue planned;
    for (const ValueTerm& term : spec.terms) {
        PlannedTerm part{.kind = term.kind};
        if (term.kind == ValueTerm::Kind::kConstant) {
            part.json = term.text;
        } else if (term.kind == ValueTerm::Kind::kObject) {
            part.object = object(term.object);
            if (part.object.json.empty() && part.object.members.empty()) continue;
        } else if (const auto sql = term_sql(term, catalog_, table_)) {
            part.kind = ValueTerm::Kind::kColumn;
            part.column = add(*sql);
        } else {
            continue;
        }
        planned.terms.push_back(std::move(part));
    }
    return planned;
}

std::vector<PlannedField> RulePlanner::fields(std::vector<std::string>& missing) {
    for (const auto& [name, spec] : rule_.fields) take_numbers(spec);
    const schema::TypeSpec* const type = type_spec(rule_.event);
    std::vector<PlannedField> planned;
    for (const auto& [name, spec] : rule_.fields) {
        PlannedField field{.name = name, .value = value(spec)};
        if (field.value.terms.empty()) {
            missing.push_back(name);
            continue;
        }
        if (type != nullptr) {
            for (const schema::FieldSpec& known : type->payload.fields) {
                if (known.name == name) field.spec = &known;
            }
        }
        planned.push_back(std::move(field));
    }
    return planned;
}

std::vector<std::string> RulePlanner::key() const {
    std::vector<std::string> parts;
    for (const ValueSpec& part : rule_.key) {
        if (auto sql = text_sql(part, catalog_, table_)) parts.push_back(std::move(*sql));
    }
    return parts;
}

// Moves what the planner counted from 0 behind the columns that every query has.
void shift(PlannedValue& value, std::size_t by) {
    for (PlannedTerm& term : value.terms) {
        term.column += by;
        for (std::size_t& column : term.object.json) column += by;
        for (auto& [name, member] : term.object.members) shift(member, by);
    }
}

// A rule that fits a table, before its SQL is put together.
struct Draft {
    PlannedRule rule{};
    const CatalogTable* table = nullptr;
    std::string where{};
    std::string run{};
    TimeSql time{};
    std::vector<std::string> key{};
    std::vector<std::string> values{};
};

class Planner {
public:
    Planner(const Mapping& mapping, const Catalog& catalog, duck::Connection& connection)
        : mapping_(mapping), catalog_(catalog), connection_(connection) {}

    Result<Plan> plan();

private:
    std::vector<const CatalogTable*> tables_of(const Rule& rule);
    bool is_named(const CatalogTable& table) const;
    Status add(const Rule& rule, const CatalogTable& table);
    void skip(const Rule& rule, const CatalogTable& table, std::string_view why);
    std::string times_of_runs() const;
    std::string rows_of(const Draft& draft, std::string_view columns) const;
    Result<bool> key_repeats(const Draft& draft);
    Status finish(Draft& draft);

    const Mapping& mapping_;
    const Catalog& catalog_;
    duck::Connection& connection_;
    Plan plan_;
    std::vector<Draft> drafts_;
    std::set<const CatalogTable*> read_;
    Names absent_;
};

bool Planner::is_named(const CatalogTable& table) const {
    for (const Rule& rule : mapping_.rules) {
        for (const std::string& name : rule.from) {
            if (catalog_.find(name) == &table) return true;
        }
    }
    return false;
}

std::vector<const CatalogTable*> Planner::tables_of(const Rule& rule) {
    std::vector<const CatalogTable*> tables;
    for (const std::string& name : rule.from) {
        const std::string schema = lower_case(name.substr(0, name.find('.')));
        bool has_schema = false;
        for (const CatalogTable& table : catalog_.tables) {
            if (lower_case(table.schema) != schema) continue;
            has_schema = true;
            if (name.ends_with(".*") && !is_named(table)) tables.push_back(&table);
        }
        if (name.ends_with(".*")) continue;
        const CatalogTable* const table = catalog_.find(name);
        if (table != nullptr) {
            tables.push_back(table);
        } else if (has_schema && absent_.insert(lower_case(name)).second) {
            plan_.notes.push_back(fmt::format("{}: the file has no such table", printable(name)));
        }
    }
    return tables;
}

void Planner::skip(const Rule& rule, const CatalogTable& table, std::string_view why) {
    plan_.notes.push_back(fmt::format("{}: no {} is made of it (line {} of the mapping): {}",
                                      printable(table.full_name()), rule.event, rule.line, why));
}

Status Planner::add(const Rule& rule, const CatalogTable& table) {
    if (!meets(rule.needs, catalog_, table) ||
        std::any_of(rule.unless.begin(), rule.unless.end(),
                    [&](const std::string& column) { return table.has_column(column); })) {
        return {};
    }
    Draft draft{.table = &table, .where = rule.where};
    auto run = text_sql(rule.run_id, catalog_, table);
    if (!run) {
        skip(rule, table, "no column has the run's id");
        return {};
    }
    draft.run = std::move(*run);
    ASSIGN_OR_RETURN(auto time, plan_time(rule.time, catalog_, table, connection_));
    if (time && !time->dropped.empty()) {
        plan_.notes.push_back(
            fmt::format("{}: not a time: {}", printable(table.full_name()), time->dropped));
    }
    if (!time) {
        skip(rule, table, "no column has its time");
        return {};
    }
    draft.time = std::move(*time);
    RulePlanner planner(rule, catalog_, table);
    std::vector<std::string> missing;
    draft.rule.table = table.full_name();
    draft.rule.event = rule.event;
    draft.rule.fields = planner.fields(missing);
    draft.rule.rows = table.rows;
    draft.rule.line = rule.line;
    if (const schema::TypeSpec* const type = type_spec(rule.event)) {
        for (const schema::FieldSpec& field : type->payload.fields) {
            if (!field.required ||
                std::any_of(draft.rule.fields.begin(), draft.rule.fields.end(),
                            [&](const PlannedField& f) { return f.name == field.name; })) {
                continue;
            }
            skip(rule, table, fmt::format("no column has its {}, which it must have", field.name));
            return {};
        }
    }
    if (!missing.empty()) {
        plan_.notes.push_back(fmt::format(
            "{}: {} without {}: the table has no column for {}", printable(table.full_name()),
            rule.event, fmt::join(missing, ", "), missing.size() == 1 ? "it" : "them"));
    }
    draft.key = planner.key();
    draft.values = std::move(planner.expressions());
    read_.insert(&table);
    drafts_.push_back(std::move(draft));
    return {};
}

// The first and last time of each run, of what its rows say themselves.
std::string Planner::times_of_runs() const {
    std::vector<std::string> parts;
    Names seen;
    for (const Draft& draft : drafts_) {
        std::string part =
            fmt::format("SELECT {} AS daybook_run, {} AS daybook_at FROM {} AS t WHERE {}",
                        draft.run, draft.time.own, draft.table->quoted_name(),
                        draft.where.empty() ? "true" : "(" + draft.where + ")");
        if (seen.insert(part).second) parts.push_back(std::move(part));
    }
    return fmt::format(
        "WITH daybook_runs AS (SELECT daybook_run, min(daybook_at) AS daybook_first, "
        "max(daybook_at) AS daybook_last FROM ({}) WHERE daybook_at IS NOT NULL "
        "GROUP BY daybook_run) ",
        fmt::join(parts, " UNION ALL "));
}

std::string Planner::rows_of(const Draft& draft, std::string_view columns) const {
    const bool joins = !draft.time.of_run.empty();
    return fmt::format(
        "{}SELECT {} FROM {} AS t{}{}", joins ? times_of_runs() : "", columns,
        draft.table->quoted_name(),
        joins ? fmt::format(" LEFT JOIN daybook_runs ON daybook_run = {}", draft.run) : "",
        draft.where.empty() ? "" : " WHERE (" + draft.where + ")");
}

Result<bool> Planner::key_repeats(const Draft& draft) {
    if (draft.key.empty()) return true;
    // What the times of runs are joined for plays no part here.
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection_.query(fmt::format(
            "SELECT 1 FROM {} AS t{} GROUP BY {} HAVING count(*) > 1 LIMIT 1",
            draft.table->quoted_name(), draft.where.empty() ? "" : " WHERE (" + draft.where + ")",
            fmt::join(draft.key, ", "))));
    return rows.next();
}

// Names c0, c1 … for columns, in order.
std::vector<std::string> aliases(std::size_t begin, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("c{}", begin + i));
    return names;
}

// Rows that their key does not tell apart: the first of them has the key alone, of those that
// are alike in all there is one.
std::string tell_apart(const std::string& rows, std::size_t key_parts, std::size_t values) {
    const std::vector<std::string> keys = aliases(kKeyColumns, key_parts);
    const std::vector<std::string> rest = aliases(kKeyColumns + key_parts, values);
    std::vector<std::string> all = {"c0", "c1"};
    all.insert(all.end(), keys.begin(), keys.end());
    all.insert(all.end(), rest.begin(), rest.end());
    const std::string partition = keys.empty() ? "" : fmt::format("{}, ", fmt::join(keys, ", "));
    const std::string copy = keys.empty()
                                 ? "daybook_content"
                                 : fmt::format(
                                       "CASE WHEN rank() OVER (PARTITION BY {} ORDER BY c0 NULLS "
                                       "FIRST, daybook_content) > 1 THEN daybook_content END",
                                       fmt::join(keys, ", "));
    std::vector<std::string> shown = {"c0", "c1", copy + " AS c2"};
    shown.insert(shown.end(), all.begin() + 2, all.end());
    return fmt::format(
        "SELECT {} FROM (SELECT *, md5(CAST(row({}) AS VARCHAR)) AS daybook_content FROM ({})) "
        "QUALIFY row_number() OVER (PARTITION BY {}daybook_content) = 1",
        fmt::join(shown, ", "), fmt::join(all, ", "), rows, partition);
}

Status Planner::finish(Draft& draft) {
    const std::string where_in_mapping = fmt::format("line {} of the mapping", draft.rule.line);
    const auto types = types_of(draft.values, *draft.table, connection_);
    if (!types) return fail(types.error().with_context(where_in_mapping));
    for (std::size_t i = 0; i < types->size(); ++i) {
        if ((*types)[i].kind == duck::TypeKind::kOther) {
            draft.values[i] = fmt::format("CAST({} AS VARCHAR)", draft.values[i]);
        }
    }
    std::string columns = fmt::format(
        "{} AS c0, {} AS c1, CAST(NULL AS VARCHAR) AS c2",
        draft.time.of_run.empty()
            ? draft.time.own
            : fmt::format("coalesce({}, daybook_{})", draft.time.own, draft.time.of_run),
        draft.run);
    std::size_t next = kKeyColumns;
    for (const std::string& part : draft.key) columns += fmt::format(", {} AS c{}", part, next++);
    for (const std::string& sql : draft.values) columns += fmt::format(", {} AS c{}", sql, next++);
    draft.rule.sql = rows_of(draft, columns);
    const auto repeats = key_repeats(draft);
    if (!repeats) return fail(repeats.error().with_context(where_in_mapping));
    if (*repeats) {
        draft.rule.sql = tell_apart(draft.rule.sql, draft.key.size(), draft.values.size());
    }
    draft.rule.sql += " ORDER BY c0 NULLS FIRST";
    draft.rule.key_parts = draft.key.size();
    for (PlannedField& field : draft.rule.fields)
        shift(field.value, kKeyColumns + draft.key.size());
    if (const auto prepared = connection_.prepare(draft.rule.sql); !prepared) {
        return fail(prepared.error().with_context(where_in_mapping));
    }
    return {};
}

Result<Plan> Planner::plan() {
    for (const Rule& rule : mapping_.rules) {
        for (const CatalogTable* const table : tables_of(rule)) {
            const Status added = add(rule, *table);
            if (!added) {
                return fail(
                    added.error().with_context(fmt::format("line {} of the mapping", rule.line)));
            }
        }
    }
    if (drafts_.empty()) {
        return fail(
            ErrorCode::kInvalidArgument,
            "nothing in it fits the mapping '{}': found {}; {}; write a mapping for it, and "
            "name it with --mapping",
            mapping_.name, describe(catalog_),
            plan_.notes.empty() ? "the file has no table of the mapping"
                                : fmt::format("{}", fmt::join(plan_.notes, "; ")));
    }
    for (Draft& draft : drafts_) {
        RETURN_IF_ERROR(finish(draft));
        plan_.rules.push_back(std::move(draft.rule));
    }
    for (const CatalogTable& table : catalog_.tables) {
        if (!read_.contains(&table)) plan_.unmapped.push_back(table.full_name());
    }
    return std::move(plan_);
}

}  // namespace

Result<Plan> make_plan(const Mapping& mapping, const Catalog& catalog,
                       duck::Connection& connection) {
    return Planner(mapping, catalog, connection).plan();
}

}  // namespace daybook::legacy
