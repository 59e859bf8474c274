#include "legacy/plan_query.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "event/run_end.h"

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

std::string rows_of(const Draft& draft, std::string_view columns) {
    const bool joins = !draft.time.of_run.empty();
    return fmt::format(
        "SELECT {} FROM {} AS t{}{}", columns, draft.table->quoted_name(),
        joins ? fmt::format(" LEFT JOIN temp.daybook_runs ON daybook_run = {}", draft.run) : "",
        where_sql(draft));
}

// Of rows that are alike in all that is read there is one.  Of those of one key the first by time,
// and then by content, is no copy.  What a time is beyond its milliseconds is no content: rows have
// been told apart without it, and their ids would be others.
std::string tell_apart(const Draft& draft, const std::string& rows,
                       const std::vector<std::string>& columns) {
    std::string copy = "true";
    if (draft.rule.has_key) {
        std::vector<std::string> order = {"c0 NULLS LAST", "c1"};
        for (const auto& [name, column] : draft.rule.content) {
            order.push_back(fmt::format("c{}", column));
        }
        const auto keys = columns.begin() + 2;
        copy = fmt::format(
            "row_number() OVER (PARTITION BY {} ORDER BY {}) > 1",
            fmt::join(keys, keys + static_cast<std::ptrdiff_t>(draft.rule.key_parts), ", "),
            fmt::join(order, ", "));
    }
    const auto rest = fmt::to_string(fmt::join(columns.begin() + 2, columns.end(), ", "));
    std::vector<std::string> grouped(columns.begin() + 2, columns.end());
    if (draft.rule.exact_time) {
        std::string& exact = grouped[*draft.rule.exact_time - kKeyColumns];
        exact = fmt::format("min({0}) AS {0}", exact);
    }
    const std::string_view comma = columns.size() > 2 ? ", " : "";
    return fmt::format(
        "SELECT c0, c1, daybook_rows, {0} AS daybook_copy{1}{2} FROM (SELECT c0, c1{1}{4}, "
        "count(*) AS daybook_rows FROM ({3}) GROUP BY ALL)",
        copy, comma, rest, rows, fmt::join(grouped, ", "));
}

bool assumes_end(const Draft& draft) {
    const auto& fields = draft.mapped->fields;
    return event::ends_run(draft.rule.event) &&
           std::any_of(fields.begin(), fields.end(),
                       [](const auto& field) { return field.first == "end_assumed"; });
}

}  // namespace

std::string where_sql(const Draft& draft) {
    return draft.where.empty() ? "" : " WHERE (" + draft.where + ")";
}

Status assume_no_known_ends(std::vector<Draft>& drafts, duck::Connection& connection) {
    std::set<std::string> known;
    for (const Draft& draft : drafts) {
        if (!draft.choice || !event::ends_run(draft.rule.event)) continue;
        const std::string& where = draft.mapped->where;
        known.insert(fmt::format("SELECT {} AS daybook_run FROM {} AS t WHERE {} IS NOT NULL{}",
                                 draft.run, draft.table->quoted_name(), draft.choice->word,
                                 where.empty() ? "" : " AND (" + where + ")"));
    }
    if (known.empty() || std::none_of(drafts.begin(), drafts.end(), assumes_end)) return {};
    RETURN_IF_ERROR(connection.execute(
        fmt::format("CREATE OR REPLACE TEMP TABLE daybook_known_ends AS SELECT DISTINCT "
                    "daybook_run FROM ({}) WHERE daybook_run IS NOT NULL",
                    fmt::join(known, " UNION ALL "))));
    for (Draft& draft : drafts) {
        if (!assumes_end(draft)) continue;
        if (!draft.where.empty()) draft.where = "(" + draft.where + ") AND ";
        draft.where += fmt::format(
            "({0} IS NULL OR {0} NOT IN (SELECT daybook_run FROM temp.daybook_known_ends))",
            draft.run);
    }
    return {};
}

Status make_times_of_runs(const std::vector<Draft>& drafts, duck::Connection& connection) {
    const bool are_wanted = std::any_of(drafts.begin(), drafts.end(), [](const Draft& draft) {
        return !draft.time.of_run.empty();
    });
    if (!are_wanted) return {};
    std::vector<std::string> parts;
    std::set<std::string> seen;
    for (const Draft& draft : drafts) {
        std::string part =
            fmt::format("SELECT {} AS daybook_run, {} AS daybook_at FROM {} AS t{}", draft.run,
                        draft.time.own, draft.table->quoted_name(), where_sql(draft));
        if (seen.insert(part).second) parts.push_back(std::move(part));
    }
    return connection.execute(fmt::format(
        "CREATE OR REPLACE TEMP TABLE daybook_runs AS SELECT daybook_run, min(daybook_at) AS "
        "daybook_first, max(daybook_at) AS daybook_last FROM ({}) WHERE daybook_at IS NOT NULL "
        "GROUP BY daybook_run",
        fmt::join(parts, " UNION ALL ")));
}

Result<bool> QueryMaker::key_repeats(const Draft& draft) {
    const auto ask = [&](const std::string& where) -> Result<bool> {
        // What the times of runs are joined for plays no part here.
        const std::string sql =
            fmt::format("SELECT 1 FROM {} AS t{} GROUP BY {} HAVING count(*) > 1 LIMIT 1",
                        draft.table->quoted_name(), where, fmt::join(draft.key, ", "));
        const auto known = repeats_.find(sql);
        if (known != repeats_.end()) return known->second;
        ASSIGN_OR_RETURN(duck::Rows rows, connection_.query(sql));
        ASSIGN_OR_RETURN(const bool repeats, rows.next());
        repeats_.emplace(sql, repeats);
        return repeats;
    };
    if (draft.key.empty()) return true;
    // Most keys tell all rows of their table apart, whatever part of it a rule is for.
    Result<bool> repeats = ask("");
    if (draft.where.empty() || (repeats && !*repeats)) return repeats;
    return ask(where_sql(draft));
}

Status QueryMaker::complete(Draft& draft) {
    PlannedRule& rule = draft.rule;
    const auto in_mapping = [&](const Error& error) {
        // What is wrong with the file is not the mapping's mistake.
        if (error.code() != ErrorCode::kInvalidArgument) return error;
        return error.with_context(
            fmt::format("mapping {}, line {}", draft.mapped->file, rule.line));
    };
    const auto types = types_of(draft.values, *draft.table, connection_);
    if (!types) return fail(in_mapping(types.error()));
    for (std::size_t i = 0; i < types->size(); ++i) {
        if ((*types)[i].kind == duck::TypeKind::kOther) {
            draft.values[i] = fmt::format("CAST({} AS VARCHAR)", draft.values[i]);
        }
    }
    rule.has_key = !draft.key.empty();
    std::vector<std::string> key = draft.key;
    key.resize(rule.key_parts, "CAST(NULL AS VARCHAR)");
    const std::size_t first_value = kKeyColumns + key.size();
    std::vector<std::string> values = draft.values;
    for (std::size_t i = 0; i < draft.names.size(); ++i) {
        rule.content.emplace_back(draft.names[i], first_value + i);
    }
    std::sort(rule.content.begin(), rule.content.end());
    std::string time = draft.time.own;
    if (!draft.time.of_run.empty()) {
        rule.own_time = first_value + values.size();
        values.push_back(draft.time.own);
        time = fmt::format("coalesce({}, daybook_{})", draft.time.own, draft.time.of_run);
        rule.ends_at_last_row = draft.time.of_run == "last" && event::ends_run(rule.event);
    }
    if (!draft.run_in_ids.empty()) {
        rule.run_in_ids = first_value + values.size();
        values.push_back(draft.run_in_ids);
    }
    if (!draft.time.exact.empty()) {
        rule.exact_time = first_value + values.size();
        values.push_back(draft.time.exact);
    }
    if (!draft.time.text.empty()) {
        // Of rows that have a time it would tell apart what is alike in all that is read.
        rule.time_text = first_value + values.size();
        values.push_back(fmt::format("CASE WHEN {} IS NULL THEN {} END", time, draft.time.text));
    }

    std::vector<std::string> columns = {time, draft.run};
    columns.insert(columns.end(), key.begin(), key.end());
    columns.insert(columns.end(), values.begin(), values.end());
    std::vector<std::string> aliases = {"c0", "c1"};
    for (std::size_t i = 2; i < columns.size(); ++i) {
        aliases.push_back(fmt::format("c{}", i + kKeyColumns - 2));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] += " AS " + aliases[i];

    const auto repeats = key_repeats(draft);
    if (!repeats) return fail(in_mapping(repeats.error()));
    if (*repeats) {
        rule.sql =
            tell_apart(draft, rows_of(draft, fmt::to_string(fmt::join(columns, ", "))), aliases);
    } else {
        columns.insert(columns.begin() + 2, {"1::BIGINT AS c2", "false AS c3"});
        rule.sql = rows_of(draft, fmt::to_string(fmt::join(columns, ", ")));
    }
    rule.sql += " ORDER BY c0 NULLS FIRST";
    for (PlannedField& field : rule.fields) shift(field.value, first_value);
    if (const auto prepared = connection_.prepare(rule.sql); !prepared) {
        return fail(in_mapping(prepared.error()));
    }
    return {};
}

}  // namespace daybook::legacy
