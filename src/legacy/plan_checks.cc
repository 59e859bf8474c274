#include "legacy/plan_checks.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include <fmt/ranges.h>

#include "base/text.h"
#include "duck/sql.h"
#include "event/events.h"

namespace daybook::legacy {
namespace {

// As many values as are read in a note.
constexpr std::size_t kNotedValuesMax = 8;

// Whether a row that both are for may have the same key in both.
Result<bool> overlap(const Draft& first, const Draft& second, duck::Connection& connection) {
    if (first.where.empty() || second.where.empty()) return true;
    std::vector<std::string> same;
    for (std::size_t i = 0; i < first.key.size(); ++i) {
        same.push_back(fmt::format("a.k{0} IS NOT DISTINCT FROM b.k{0}", i));
    }
    const auto keys = [](const Draft& of) {
        std::vector<std::string> columns;
        for (std::size_t i = 0; i < of.key.size(); ++i) {
            columns.push_back(fmt::format("{} AS k{}", of.key[i], i));
        }
        return fmt::format("(SELECT DISTINCT {} FROM {} AS t{})", fmt::join(columns, ", "),
                           of.table->quoted_name(), where_sql(of));
    };
    const std::string sql = same.empty()
                                ? fmt::format("SELECT 1 FROM {} AS t WHERE ({}) AND ({}) LIMIT 1",
                                              first.table->quoted_name(), first.where, second.where)
                                : fmt::format("SELECT 1 FROM {} a JOIN {} b ON {} LIMIT 1",
                                              keys(first), keys(second), fmt::join(same, " AND "));
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query(sql));
    return rows.next();
}

// The drafts of one table that come of one rule of several events.
using ChoiceOfTable = std::vector<const Draft*>;

std::string events_of(const ChoiceOfTable& choice) {
    std::vector<std::string> names;
    for (const Draft* const draft : choice) names.push_back(draft->rule.event);
    return fmt::to_string(fmt::join(names, ", "));
}

std::vector<ChoiceOfTable> choices_of(const std::vector<Draft>& drafts) {
    std::vector<ChoiceOfTable> found;
    std::map<std::pair<const CatalogTable*, std::size_t>, std::size_t> places;
    for (const Draft& draft : drafts) {
        if (!draft.choice) continue;
        const auto [place, is_new] =
            places.try_emplace({draft.table, draft.rule.line}, found.size());
        if (is_new) found.emplace_back();
        found[place->second].push_back(&draft);
    }
    return found;
}

// The columns that only rows have in an event for which it has been decided.
std::vector<std::string> only_in(const ChoiceOfTable& choice, const std::vector<Draft>& drafts) {
    const CatalogTable& table = *choice[0]->table;
    ColumnNames always;
    ColumnNames sometimes;
    for (const Draft& draft : drafts) {
        if (draft.table != &table) continue;
        ColumnNames& names = draft.choice ? sometimes : always;
        names.insert(draft.taken.begin(), draft.taken.end());
    }
    std::vector<std::string> columns;
    for (const std::string& column : table.columns) {
        const std::string name = lower_case(column);
        if (sometimes.contains(name) && !always.contains(name)) {
            columns.push_back(printable(column));
        }
    }
    return columns;
}

struct Values {
    std::uint64_t rows = 0;
    std::vector<std::string> shown{};

    void add(std::string value, std::uint64_t count) {
        rows += count;
        if (shown.size() < kNotedValuesMax) {
            shown.push_back(fmt::format("{} ({})", value, count));
        } else if (shown.size() == kNotedValuesMax) {
            shown.emplace_back("…");
        }
    }
};

std::string rows_become(std::uint64_t rows) {
    return rows == 1 ? "1 row becomes" : fmt::format("{} rows become", rows);
}

Status note_choice(const ChoiceOfTable& choice, const std::vector<Draft>& drafts,
                   duck::Connection& connection, std::vector<std::string>& notes) {
    const Draft& any = *choice[0];
    const Choice& words = any.mapped->choice;
    std::vector<std::string> events;
    for (const std::string& word : words.known) {
        if (std::find(words.none.begin(), words.none.end(), word) == words.none.end()) {
            events.push_back(word);
        }
    }
    auto found = connection.query(
        fmt::format("SELECT word, count(*), v IN {0} AS is_event FROM (SELECT {1} AS v, {2} AS "
                    "word FROM {3} AS "
                    "t{4}) WHERE v IS NULL OR v NOT IN {0} OR word NOT IN {5} GROUP BY ALL "
                    "ORDER BY count(*) DESC, word",
                    in_list(events), any.choice->value, any.choice->word, any.table->quoted_name(),
                    any.mapped->where.empty() ? "" : " WHERE (" + any.mapped->where + ")",
                    in_list(words.known)));
    if (!found) {
        return fail(
            found.error().with_context(fmt::format("line {} of the mapping", any.rule.line)));
    }
    duck::Rows rows = std::move(*found);
    Values none;
    Values unknown;
    Values passed_by;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        const auto count = static_cast<std::uint64_t>(rows.get_int64(1));
        if (rows.is_null(0)) {
            none.add("no value", count);
            continue;
        }
        const std::string value(rows.get_string(0));
        const bool is_none =
            std::find(words.none.begin(), words.none.end(), value) != words.none.end();
        const bool is_event = rows.get_bool(2);
        (is_event  ? passed_by
         : is_none ? none
                   : unknown)
            .add(fmt::format("'{}'", printable(value, 40)), count);
    }
    if (passed_by.rows > 0) {
        notes.push_back(fmt::format(
            "{}: {} what else the row says, by a word that the mapping does not know (line {}): {}",
            printable(any.table->full_name()), rows_become(passed_by.rows), any.rule.line,
            fmt::join(passed_by.shown, ", ")));
    }
    if (none.rows + unknown.rows == 0) return {};
    std::string note =
        fmt::format("{}: {} none of {} (line {} of the mapping)", printable(any.table->full_name()),
                    rows_become(none.rows + unknown.rows), events_of(choice), any.rule.line);
    if (none.rows > 0) note += fmt::format(": {}", fmt::join(none.shown, ", "));
    if (unknown.rows > 0) {
        note += fmt::format("{} the mapping does not know {}", none.rows > 0 ? ";" : ":",
                            fmt::join(unknown.shown, ", "));
    }
    const std::vector<std::string> lost = only_in(choice, drafts);
    if (!lost.empty()) note += fmt::format("; of them in no event: {}", fmt::join(lost, ", "));
    notes.push_back(std::move(note));
    return {};
}

// Rows that the conditions of all rules pass by.
Status note_passed_by(const CatalogTable& table, const std::vector<Draft>& drafts,
                      duck::Connection& connection, std::vector<std::string>& notes) {
    std::vector<std::string> conditions;
    for (const Draft& draft : drafts) {
        if (draft.table != &table) continue;
        // What a choice passes by has been said with its values.
        if (draft.where.empty() || draft.choice) return {};
        conditions.push_back(fmt::format("coalesce(({}), false)", draft.where));
    }
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query(fmt::format(
                                          "SELECT count(*) FROM {} AS t WHERE NOT ({})",
                                          table.quoted_name(), fmt::join(conditions, " OR "))));
    ASSIGN_OR_RETURN(const bool has_row, rows.next());
    const std::int64_t count = has_row ? rows.get_int64(0) : 0;
    if (count == 0) return {};
    notes.push_back(
        fmt::format("{}: {} no event: no rule's 'where' takes {}", printable(table.full_name()),
                    rows_become(static_cast<std::uint64_t>(count)), count == 1 ? "it" : "them"));
    return {};
}

}  // namespace

Status check_ids(const std::vector<Draft>& drafts, duck::Connection& connection) {
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const Draft& first = drafts[j];
            const Draft& second = drafts[i];
            if (first.table != second.table || first.rule.event != second.rule.event ||
                first.key != second.key || first.rule.key_parts != second.rule.key_parts) {
                continue;
            }
            ASSIGN_OR_RETURN(const bool is_same, overlap(first, second, connection));
            if (!is_same) continue;
            return fail(
                ErrorCode::kInvalidArgument,
                "lines {} and {} of the mapping: both make {} of the same rows of {}, and their "
                "events would have the same ids; give one of them a key of its own, such as "
                "key = [\"run_id\", {{ value = \"second\" }}]",
                first.rule.line, second.rule.line, second.rule.event, printable(second.rule.table));
        }
    }
    return {};
}

std::vector<std::string> columns_left_out(const std::vector<Draft>& drafts) {
    std::map<const CatalogTable*, ColumnNames> taken;
    for (const Draft& draft : drafts) {
        taken[draft.table].insert(draft.taken.begin(), draft.taken.end());
    }
    std::vector<std::string> notes;
    for (const auto& [table, names] : taken) {
        std::vector<std::string> lost;
        for (const std::string& column : table->columns) {
            if (!names.contains(lower_case(column))) lost.push_back(printable(column));
        }
        if (lost.empty()) continue;
        notes.push_back(fmt::format("{}: in no event, or not of every row: {}",
                                    printable(table->full_name()), fmt::join(lost, ", ")));
    }
    return notes;
}

Result<std::vector<std::string>> rows_left_out(const std::vector<Draft>& drafts,
                                               duck::Connection& connection) {
    std::vector<std::string> notes;
    for (const ChoiceOfTable& choice : choices_of(drafts)) {
        RETURN_IF_ERROR(note_choice(choice, drafts, connection, notes));
    }
    std::set<const CatalogTable*> tables;
    for (const Draft& draft : drafts) {
        if (!tables.insert(draft.table).second) continue;
        RETURN_IF_ERROR(note_passed_by(*draft.table, drafts, connection, notes));
    }
    return notes;
}

Result<std::string> runs_of_several_tables(const std::vector<Draft>& drafts,
                                           duck::Connection& connection) {
    std::set<std::string> parts;
    for (const Draft& draft : drafts) {
        if (draft.rule.event != event::RunCreated::kType) continue;
        parts.insert(fmt::format("SELECT {} AS daybook_run, {} AS daybook_table FROM {} AS t{}",
                                 draft.run, duck::quote_literal(draft.rule.table),
                                 draft.table->quoted_name(), where_sql(draft)));
    }
    if (parts.size() < 2) return std::string();
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection.query(fmt::format(
            "SELECT count(*), min(daybook_run), array_to_string(list_sort(list_distinct(flatten("
            "list(daybook_tables)))), ', ') FROM (SELECT daybook_run, list(DISTINCT "
            "daybook_table) AS daybook_tables FROM ({}) WHERE daybook_run IS NOT NULL GROUP BY "
            "daybook_run HAVING len(daybook_tables) > 1)",
            fmt::join(parts, " UNION ALL "))));
    ASSIGN_OR_RETURN(const bool has_row, rows.next());
    const std::int64_t count = has_row ? rows.get_int64(0) : 0;
    if (count == 0) return std::string();
    return fmt::format(
        "{}: {} {} in several of these tables, such as '{}': each is one run in the answers, made "
        "of all its rows; if they are different runs, a mapping gives them different ids: run_id = "
        "{{ sql = \"'backtest-' || t.run_id\" }}",
        printable(rows.get_string(2)), count, count == 1 ? "run is" : "runs are",
        printable(rows.get_string(1), 40));
}

}  // namespace daybook::legacy
