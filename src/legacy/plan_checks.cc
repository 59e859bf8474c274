#include "legacy/plan_checks.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

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

std::string names_of(const std::vector<std::string>& columns) {
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const std::string& column : columns) names.push_back(printable(column));
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
        if (sometimes.contains(name) && !always.contains(name)) columns.push_back(column);
    }
    return columns;
}

// Those that make a row an event.
std::vector<std::string> words_of_events(const Choice& words) {
    std::vector<std::string> events;
    for (const std::string& word : words.known) {
        if (std::find(words.none.begin(), words.none.end(), word) == words.none.end()) {
            events.push_back(word);
        }
    }
    return events;
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
    const std::vector<std::string> events = words_of_events(words);
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
    if (!lost.empty()) note += "; of them in no event: " + names_of(lost);
    notes.push_back(std::move(note));
    return {};
}

// How many rows the conditions of all rules pass by; what a choice passes by is none of them, for
// it is said with its values.
Result<std::uint64_t> count_passed_by(const CatalogTable& table, const std::vector<Draft>& drafts,
                                      duck::Connection& connection) {
    std::vector<std::string> conditions;
    for (const Draft& draft : drafts) {
        if (draft.table != &table) continue;
        if (draft.where.empty() || draft.choice) return 0U;
        conditions.push_back(fmt::format("coalesce(({}), false)", draft.where));
    }
    ASSIGN_OR_RETURN(duck::Rows rows, connection.query(fmt::format(
                                          "SELECT count(*) FROM {} AS t WHERE NOT ({})",
                                          table.quoted_name(), fmt::join(conditions, " OR "))));
    ASSIGN_OR_RETURN(const bool has_row, rows.next());
    return has_row ? static_cast<std::uint64_t>(rows.get_int64(0)) : 0U;
}

std::string passed_by_text(std::uint64_t count) {
    return fmt::format("{} no event: no rule's 'where' takes {}", rows_become(count),
                       count == 1 ? "it" : "them");
}

// By table: the columns that are in no event, or not of every row.
std::map<const CatalogTable*, std::vector<std::string>> columns_lost(
    const std::vector<Draft>& drafts) {
    std::map<const CatalogTable*, ColumnNames> taken;
    for (const Draft& draft : drafts) {
        // What is not in the items of a list is another rule's.
        if (draft.table->spread_of != nullptr) continue;
        taken[draft.table].insert(draft.taken.begin(), draft.taken.end());
    }
    std::map<const CatalogTable*, std::vector<std::string>> lost;
    for (const auto& [table, names] : taken) {
        for (const std::string& column : table->columns) {
            if (!names.contains(lower_case(column))) lost[table].push_back(column);
        }
    }
    return lost;
}

// As tables are called by their full names.
std::string ignored_name(std::string_view name) {
    constexpr std::string_view kMain = "main.";
    std::string ignored = lower_case(name);
    if (ignored.starts_with(kMain)) ignored.erase(0, kMain.size());
    return ignored;
}

// Finds what of a file is in no event.
class LeftOutFinder {
public:
    LeftOutFinder(const std::vector<Draft>& drafts, const Mapping& mapping, const Catalog& catalog,
                  duck::Connection& connection)
        : drafts_(drafts), catalog_(catalog), connection_(connection) {
        for (const std::string& name : mapping.ignore) ignored_.insert(ignored_name(name));
    }

    Result<std::vector<LeftOut>> find();

private:
    Status add_unread(const CatalogTable& table);
    Status add_columns(const CatalogTable& table, const std::vector<std::string>& columns);
    Status add_choice(const ChoiceOfTable& choice);
    Status add_passed_by(const CatalogTable& table);
    // Those of the columns that are not ignored.
    std::vector<std::string> wanted(const CatalogTable& table,
                                    const std::vector<std::string>& columns) const;
    // How many rows there are, and which of the columns they have values in.
    struct Found {
        std::uint64_t rows = 0;
        std::vector<std::string> columns{};
    };
    Result<Found> look(const CatalogTable& table, const std::vector<std::string>& columns,
                       const std::string& where);
    void add(const CatalogTable& table, std::string what) {
        found_.push_back({.table = table.full_name(), .what = std::move(what)});
    }

    const std::vector<Draft>& drafts_;
    const Catalog& catalog_;
    duck::Connection& connection_;
    ColumnNames ignored_;
    std::vector<LeftOut> found_;
};

std::vector<std::string> LeftOutFinder::wanted(const CatalogTable& table,
                                               const std::vector<std::string>& columns) const {
    std::vector<std::string> left;
    for (const std::string& column : columns) {
        if (!ignored_.contains(lower_case(table.full_name() + "." + column)))
            left.push_back(column);
    }
    return left;
}

Result<LeftOutFinder::Found> LeftOutFinder::look(const CatalogTable& table,
                                                 const std::vector<std::string>& columns,
                                                 const std::string& where) {
    std::string sql = "SELECT count(*)";
    for (const std::string& column : columns) {
        sql += fmt::format(", count(t.{})", duck::quote_identifier(column));
    }
    sql +=
        fmt::format(" FROM {} AS t{}", table.quoted_name(), where.empty() ? "" : " WHERE " + where);
    ASSIGN_OR_RETURN(duck::Rows rows, connection_.query(sql));
    ASSIGN_OR_RETURN(const bool has_row, rows.next());
    Found found;
    if (!has_row) return found;
    found.rows = static_cast<std::uint64_t>(rows.get_int64(0));
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (rows.get_int64(i + 1) > 0) found.columns.push_back(columns[i]);
    }
    return found;
}

Status LeftOutFinder::add_unread(const CatalogTable& table) {
    // A view shows what tables have.
    if (table.is_view) return {};
    ASSIGN_OR_RETURN(const Found found, look(table, {}, ""));
    if (found.rows == 0) return {};
    add(table, fmt::format("no rule of the mapping reads its {} {}", found.rows,
                           found.rows == 1 ? "row" : "rows"));
    return {};
}

Status LeftOutFinder::add_columns(const CatalogTable& table,
                                  const std::vector<std::string>& columns) {
    ASSIGN_OR_RETURN(const Found found, look(table, wanted(table, columns), ""));
    if (found.columns.empty()) return {};
    add(table, "in no event, or not of every row: " + names_of(found.columns));
    return {};
}

// A row whose word is known to mean no event says no more by it; one of another word does.
Status LeftOutFinder::add_choice(const ChoiceOfTable& choice) {
    const Draft& any = *choice[0];
    const Choice& words = any.mapped->choice;
    const std::vector<std::string> columns = wanted(*any.table, only_in(choice, drafts_));
    ColumnNames deciding;
    for (const ValueTerm& term : words.of.terms) deciding.insert(lower_case(term.text));
    std::vector<std::string> conditions = {
        fmt::format("coalesce({0} NOT IN {1}, false)", any.choice->value, in_list(words.known))};
    for (const std::string& column : columns) {
        if (deciding.contains(lower_case(column))) continue;
        conditions.push_back(fmt::format("t.{} IS NOT NULL", duck::quote_identifier(column)));
    }
    const std::string where =
        fmt::format("coalesce({} NOT IN {}, true) AND ({}){}", any.choice->value,
                    in_list(words_of_events(words)), fmt::join(conditions, " OR "),
                    any.mapped->where.empty() ? "" : " AND (" + any.mapped->where + ")");
    ASSIGN_OR_RETURN(const Found found, look(*any.table, columns, where));
    if (found.rows == 0) return {};
    add(*any.table,
        fmt::format(
            "{} none of {}{}", rows_become(found.rows), events_of(choice),
            found.columns.empty() ? "" : "; of them in no event: " + names_of(found.columns)));
    return {};
}

Status LeftOutFinder::add_passed_by(const CatalogTable& table) {
    ASSIGN_OR_RETURN(const std::uint64_t count, count_passed_by(table, drafts_, connection_));
    if (count > 0) add(table, passed_by_text(count));
    return {};
}

Result<std::vector<LeftOut>> LeftOutFinder::find() {
    std::set<const CatalogTable*> read;
    for (const Draft& draft : drafts_) read.insert(draft.table);
    std::erase_if(read, [&](const CatalogTable* table) {
        return ignored_.contains(lower_case(table->full_name()));
    });
    const auto lost = columns_lost(drafts_);
    for (const CatalogTable& table : catalog_.tables) {
        if (ignored_.contains(lower_case(table.full_name()))) continue;
        if (!read.contains(&table)) {
            RETURN_IF_ERROR(add_unread(table));
            continue;
        }
        if (const auto columns = lost.find(&table); columns != lost.end()) {
            RETURN_IF_ERROR(add_columns(table, columns->second));
        }
        for (const ChoiceOfTable& choice : choices_of(drafts_)) {
            if (choice[0]->table == &table) RETURN_IF_ERROR(add_choice(choice));
        }
        RETURN_IF_ERROR(add_passed_by(table));
    }
    return std::move(found_);
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
    std::vector<std::string> notes;
    for (const auto& [table, lost] : columns_lost(drafts)) {
        notes.push_back(fmt::format("{}: in no event, or not of every row: {}",
                                    printable(table->full_name()), names_of(lost)));
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
        if (draft.table->spread_of != nullptr || !tables.insert(draft.table).second) continue;
        ASSIGN_OR_RETURN(const std::uint64_t count,
                         count_passed_by(*draft.table, drafts, connection));
        if (count == 0) continue;
        notes.push_back(
            fmt::format("{}: {}", printable(draft.table->full_name()), passed_by_text(count)));
    }
    return notes;
}

Result<std::vector<LeftOut>> find_left_out(const std::vector<Draft>& drafts, const Mapping& mapping,
                                           const Catalog& catalog, duck::Connection& connection) {
    return LeftOutFinder(drafts, mapping, catalog, connection).find();
}

std::string ignored_in_vain(const Mapping& mapping, const Catalog& catalog) {
    std::vector<std::string> names;
    for (const CatalogTable& table : catalog.tables) {
        names.push_back(lower_case(table.full_name()));
        for (const std::string& column : table.columns) {
            names.push_back(lower_case(table.full_name() + "." + column));
        }
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    std::vector<std::string> absent;
    for (const std::string& name : mapping.ignore) {
        const std::string wanted = ignored_name(name);
        if (std::find(known.begin(), known.end(), wanted) != known.end()) continue;
        const std::string_view nearest = nearest_name(wanted, known);
        absent.push_back(nearest.empty() ? printable(name)
                                         : fmt::format("{} (did you mean '{}'?)", printable(name),
                                                       printable(nearest)));
    }
    if (absent.empty()) return "";
    return fmt::format("ignored, and not in the file: {}", fmt::join(absent, ", "));
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
