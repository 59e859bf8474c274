#include "legacy/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "base/text.h"
#include "legacy/event_types.h"
#include "legacy/plan_checks.h"
#include "legacy/plan_query.h"
#include "legacy/plan_sql.h"
#include "legacy/rule_planner.h"
#include "legacy/rule_sql.h"

namespace daybook::legacy {
namespace {

class Planner {
public:
    Planner(const Mapping& mapping, const Catalog& catalog, duck::Connection& connection,
            const schema::Registry& types)
        : mapping_(mapping), catalog_(catalog), connection_(connection), types_(types) {}

    Result<Plan> plan();

private:
    bool is_known(const Rule& rule);
    std::vector<const CatalogTable*> tables_of(const Rule& rule);
    bool is_named(const CatalogTable& table) const;
    bool can_be_read(const CatalogTable& table);
    // Whether a rule is for tables of this kind at all.
    bool is_for(const Rule& rule, const CatalogTable& table) const;
    // The rows that the rule reads of the table; nullptr: it has no list for it.
    const CatalogTable* rows_for(const Rule& rule, const CatalogTable& table);
    Status add(const Rule& rule, const CatalogTable& named);
    bool choose(const Rule& rule, Draft& draft) const;
    bool has_what_the_type_requires(const Draft& draft);
    void skip(const Rule& rule, const CatalogTable& table, std::string_view why);
    void note_absent_tables();
    Status complete();

    const Mapping& mapping_;
    const Catalog& catalog_;
    duck::Connection& connection_;
    const schema::Registry& types_;
    Plan plan_;
    std::vector<Draft> drafts_;
    // By table and column; drafts point to them.
    std::map<std::pair<const CatalogTable*, std::size_t>, CatalogTable> spread_;
    std::set<std::string> told_;  // what has been said of types and views, by their names
    std::vector<std::string> absent_;
};

// A type that nobody knows is told once, and not of each row.
bool Planner::is_known(const Rule& rule) {
    if (types_.newest_version(rule.event)) return true;
    if (told_.insert(rule.event).second) {
        plan_.notes.push_back(fmt::format(
            "no event is made of type {} (line {} of the mapping): it is not known; 'daybook "
            "schema list' names those that are, 'daybook schema register' adds one",
            printable(rule.event), rule.line));
    }
    return false;
}

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
        if (name.ends_with(".*")) {
            const std::string schema = lower_case(name.substr(0, name.find('.')));
            for (const CatalogTable& table : catalog_.tables) {
                // A view shows what tables have.
                if (lower_case(table.schema) == schema && !table.is_view && !is_named(table)) {
                    tables.push_back(&table);
                }
            }
        } else if (const CatalogTable* const table = catalog_.find(name)) {
            tables.push_back(table);
        } else if (std::find(absent_.begin(), absent_.end(), name) == absent_.end()) {
            absent_.push_back(name);
        }
    }
    return tables;
}

void Planner::note_absent_tables() {
    if (absent_.empty()) return;
    for (std::string& name : absent_) name = printable(name);
    plan_.absent.push_back(fmt::format("no such table in the file: {}", fmt::join(absent_, ", ")));
}

void Planner::skip(const Rule& rule, const CatalogTable& table, std::string_view why) {
    plan_.notes.push_back(fmt::format("{}: no {} is made of it (line {} of the mapping): {}",
                                      printable(table.full_name()), rule.event, rule.line, why));
}

// A view may need what is not there, such as another file.
bool Planner::can_be_read(const CatalogTable& table) {
    if (!table.is_view) return true;
    const auto rows =
        connection_.query(fmt::format("SELECT * FROM {} LIMIT 0", table.quoted_name()));
    if (!rows && told_.insert(table.full_name()).second) {
        plan_.notes.push_back(fmt::format("{}: this view cannot be read: {}",
                                          printable(table.full_name()), rows.error().message()));
    }
    return rows.has_value();
}

bool Planner::is_for(const Rule& rule, const CatalogTable& table) const {
    return meets(rule.needs, catalog_, table) &&
           std::none_of(rule.unless.begin(), rule.unless.end(),
                        [&](const std::string& column) { return table.has_column(column); });
}

const CatalogTable* Planner::rows_for(const Rule& rule, const CatalogTable& table) {
    if (rule.each.empty()) return &table;
    for (const std::string& name : rule.each) {
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            if (lower_case(table.columns[i]) != lower_case(name)) continue;
            return &spread_.try_emplace({&table, i}, spread(table, i)).first->second;
        }
    }
    return nullptr;
}

// Puts the rule's choice into the draft's condition; false: the table has nothing to choose by.
bool Planner::choose(const Rule& rule, Draft& draft) const {
    if (rule.choice.of.terms.empty()) return true;
    const auto sql = choice_sql(rule.choice, catalog_, *draft.table);
    if (!sql || rule.choice.values.empty()) return false;
    draft.choice = *sql;
    if (!draft.where.empty()) draft.where = "(" + draft.where + ") AND ";
    draft.where += sql->value + " IN " + in_list(rule.choice.values);
    return true;
}

bool Planner::has_what_the_type_requires(const Draft& draft) {
    const schema::TypeSpec* const type = type_spec(draft.rule.event);
    if (type == nullptr) return true;
    const std::vector<PlannedField>& fields = draft.rule.fields;
    for (const schema::FieldSpec& wanted : type->payload.fields) {
        if (!wanted.required ||
            std::any_of(fields.begin(), fields.end(),
                        [&](const PlannedField& field) { return field.name == wanted.name; })) {
            continue;
        }
        skip(*draft.mapped, *draft.table,
             fmt::format("no column has its {}, which it must have", wanted.name));
        return false;
    }
    return true;
}

Status Planner::add(const Rule& rule, const CatalogTable& named) {
    if (!can_be_read(named) || !is_for(rule, named)) return {};
    const CatalogTable* const rows = rows_for(rule, named);
    if (rows == nullptr) return {};
    const CatalogTable& table = *rows;
    RETURN_IF_ERROR(check_rule_sql(rule, catalog_, table, connection_));
    Draft draft{.table = &table, .mapped = &rule, .where = rule.where};
    if (!choose(rule, draft)) return {};
    auto run = name_sql(rule.run_id, catalog_, table);
    if (!run) {
        skip(rule, table, "no column has the run's id");
        return {};
    }
    draft.run_in_ids = text_sql(rule.run_id, catalog_, table).value_or("");
    if (draft.run_in_ids == *run) draft.run_in_ids.clear();
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
    if (!has_what_the_type_requires(draft)) return {};
    if (!missing.empty()) {
        plan_.absent.push_back(fmt::format(
            "{}: {} without {}: the table has no column for {}", printable(table.full_name()),
            rule.event, fmt::join(missing, ", "), missing.size() == 1 ? "it" : "them"));
    }
    draft.key = planner.key();
    draft.rule.key_parts = rule.key.size();
    draft.values = std::move(planner.expressions());
    draft.names = std::move(planner.names());
    draft.taken = planner.taken();
    const auto add_what_is_read = [&](const ValueSpec& value) {
        add_read(value, draft.taken);
        add_sql_columns(value, catalog_, table, connection_, draft.taken);
    };
    add_sql_columns(rule.run_id, catalog_, table, connection_, draft.taken);
    add_sql_columns(rule.time, catalog_, table, connection_, draft.taken);
    for (const auto& [name, value] : rule.fields) add_what_is_read(value);
    for (const ValueSpec& part : rule.key) add_what_is_read(part);
    drafts_.push_back(std::move(draft));
    return {};
}

Status Planner::complete() {
    RETURN_IF_ERROR(assume_no_known_ends(drafts_, connection_));
    RETURN_IF_ERROR(check_ids(drafts_, connection_));
    RETURN_IF_ERROR(make_times_of_runs(drafts_, connection_));
    QueryMaker queries(connection_);
    for (Draft& draft : drafts_) RETURN_IF_ERROR(queries.complete(draft));
    for (std::string& note : columns_left_out(drafts_)) plan_.notes.push_back(std::move(note));
    ASSIGN_OR_RETURN(std::vector<std::string> left_out, rows_left_out(drafts_, connection_));
    for (std::string& note : left_out) plan_.notes.push_back(std::move(note));
    ASSIGN_OR_RETURN(std::string shared, runs_of_several_tables(drafts_, connection_));
    if (!shared.empty()) plan_.notes.push_back(std::move(shared));
    ASSIGN_OR_RETURN(plan_.left_out, find_left_out(drafts_, mapping_, catalog_, connection_));
    std::set<const CatalogTable*> read;
    for (Draft& draft : drafts_) {
        read.insert(draft.table->spread_of != nullptr ? draft.table->spread_of : draft.table);
        plan_.rules.push_back(std::move(draft.rule));
    }
    for (const CatalogTable& table : catalog_.tables) {
        if (!read.contains(&table)) plan_.unmapped.push_back(table.full_name());
    }
    return {};
}

Result<Plan> Planner::plan() {
    for (const Rule& rule : mapping_.rules) {
        const std::vector<const CatalogTable*> tables = tables_of(rule);
        if (tables.empty() || !is_known(rule)) continue;
        for (const CatalogTable* const table : tables) {
            RETURN_IF_ERROR(add(rule, *table));
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
    note_absent_tables();
    if (std::string vain = ignored_in_vain(mapping_, catalog_); !vain.empty()) {
        plan_.absent.push_back(std::move(vain));
    }
    RETURN_IF_ERROR(complete());
    return std::move(plan_);
}

}  // namespace

Result<Plan> make_plan(const Mapping& mapping, const Catalog& catalog, duck::Connection& connection,
                       const schema::Registry& types) {
    return Planner(mapping, catalog, connection, types).plan();
}

}  // namespace daybook::legacy
