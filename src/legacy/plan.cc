#include "legacy/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/ranges.h>

#include "base/text.h"
#include "legacy/plan_sql.h"
#include "legacy/rule_planner.h"

namespace daybook::legacy {
namespace {

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
    bool can_be_read(const CatalogTable& table);
    Status add(const Rule& rule, const CatalogTable& table);
    void skip(const Rule& rule, const CatalogTable& table, std::string_view why);
    Status make_times_of_runs();
    std::string rows_of(const Draft& draft, std::string_view columns) const;
    Result<bool> key_repeats(const Draft& draft);
    Status check_ids(const Draft& draft, const Draft& other);
    void note_what_nothing_takes();
    Status finish(Draft& draft);

    const Mapping& mapping_;
    const Catalog& catalog_;
    duck::Connection& connection_;
    Plan plan_;
    std::vector<Draft> drafts_;
    std::set<const CatalogTable*> read_;
    std::map<const CatalogTable*, ColumnNames> taken_;  // columns that events have, by table
    ColumnNames absent_;
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
            // A view shows what tables have.
            if (name.ends_with(".*") && !table.is_view && !is_named(table)) {
                tables.push_back(&table);
            }
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

// A view may need what is not there, such as another file.
bool Planner::can_be_read(const CatalogTable& table) {
    if (!table.is_view) return true;
    const auto rows =
        connection_.query(fmt::format("SELECT * FROM {} LIMIT 0", table.quoted_name()));
    if (!rows && absent_.insert(lower_case(table.full_name())).second) {
        plan_.notes.push_back(fmt::format("{}: this view cannot be read: {}",
                                          printable(table.full_name()), rows.error().message()));
    }
    return rows.has_value();
}

Status Planner::add(const Rule& rule, const CatalogTable& table) {
    if (!can_be_read(table)) return {};
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
    taken_[&table].insert(planner.taken().begin(), planner.taken().end());
    for (const auto& [name, value] : rule.fields) add_read(value, taken_[&table]);
    for (const ValueSpec& part : rule.key) add_read(part, taken_[&table]);
    read_.insert(&table);
    drafts_.push_back(std::move(draft));
    return {};
}

// The first and last time of each run, of what its rows say themselves.
Status Planner::make_times_of_runs() {
    const bool are_wanted = std::any_of(drafts_.begin(), drafts_.end(), [](const Draft& draft) {
        return !draft.time.of_run.empty();
    });
    if (!are_wanted) return {};
    std::vector<std::string> parts;
    ColumnNames seen;
    for (const Draft& draft : drafts_) {
        std::string part =
            fmt::format("SELECT {} AS daybook_run, {} AS daybook_at FROM {} AS t WHERE {}",
                        draft.run, draft.time.own, draft.table->quoted_name(),
                        draft.where.empty() ? "true" : "(" + draft.where + ")");
        if (seen.insert(part).second) parts.push_back(std::move(part));
    }
    return connection_.execute(fmt::format(
        "CREATE OR REPLACE TEMP TABLE daybook_runs AS SELECT daybook_run, min(daybook_at) AS "
        "daybook_first, max(daybook_at) AS daybook_last FROM ({}) WHERE daybook_at IS NOT NULL "
        "GROUP BY daybook_run",
        fmt::join(parts, " UNION ALL ")));
}

std::string Planner::rows_of(const Draft& draft, std::string_view columns) const {
    const bool joins = !draft.time.of_run.empty();
    return fmt::format(
        "SELECT {} FROM {} AS t{}{}", columns, draft.table->quoted_name(),
        joins ? fmt::format(" LEFT JOIN temp.daybook_runs ON daybook_run = {}", draft.run) : "",
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
    if (*repeats && !draft.key.empty()) {
        plan_.notes.push_back(fmt::format(
            "{}: {}: its key does not tell all rows apart; of rows that are alike in what the "
            "rule reads there is one event",
            printable(draft.rule.table), draft.rule.event));
    }
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

// Two rules that make the same event of the same row would give it the same id twice.
Status Planner::check_ids(const Draft& draft, const Draft& other) {
    if (draft.table != other.table || draft.rule.event != other.rule.event ||
        draft.key != other.key) {
        return {};
    }
    bool overlap = draft.where.empty() || other.where.empty();
    if (!overlap) {
        std::vector<std::string> same;
        for (std::size_t i = 0; i < draft.key.size(); ++i) {
            same.push_back(fmt::format("a.k{0} IS NOT DISTINCT FROM b.k{0}", i));
        }
        const auto keys = [](const Draft& of) {
            std::vector<std::string> columns;
            for (std::size_t i = 0; i < of.key.size(); ++i) {
                columns.push_back(fmt::format("{} AS k{}", of.key[i], i));
            }
            return fmt::format("(SELECT DISTINCT {} FROM {} AS t WHERE ({}))",
                               fmt::join(columns, ", "), of.table->quoted_name(), of.where);
        };
        const std::string sql =
            same.empty() ? fmt::format("SELECT 1 FROM {} AS t WHERE ({}) AND ({}) LIMIT 1",
                                       draft.table->quoted_name(), draft.where, other.where)
                         : fmt::format("SELECT 1 FROM {} a JOIN {} b ON {} LIMIT 1", keys(draft),
                                       keys(other), fmt::join(same, " AND "));
        ASSIGN_OR_RETURN(duck::Rows rows, connection_.query(sql));
        ASSIGN_OR_RETURN(overlap, rows.next());
    }
    if (!overlap) return {};
    return fail(ErrorCode::kInvalidArgument,
                "lines {} and {} of the mapping: both make {} of the same rows of {}, and their "
                "events would have the same ids; give one of them a key of its own, such as "
                "key = [\"run_id\", {{ value = \"second\" }}]",
                draft.rule.line, other.rule.line, draft.rule.event, printable(draft.rule.table));
}

// Nothing of a table that is read is lost without a word.
void Planner::note_what_nothing_takes() {
    for (const auto& [table, taken] : taken_) {
        std::vector<std::string> lost;
        for (const std::string& column : table->columns) {
            if (!taken.contains(lower_case(column))) lost.push_back(printable(column));
        }
        if (lost.empty()) continue;
        plan_.notes.push_back(fmt::format("{}: in no event, or not of every row: {}",
                                          printable(table->full_name()), fmt::join(lost, ", ")));
    }
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
    note_what_nothing_takes();
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) RETURN_IF_ERROR(check_ids(drafts_[j], drafts_[i]));
    }
    RETURN_IF_ERROR(make_times_of_runs());
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
