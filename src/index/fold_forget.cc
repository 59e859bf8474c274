// Taking runs out of the tables, for what retention has removed from the log.

#include <array>

#include "duck/sql.h"
#include "index/fold_state.h"

namespace daybook::index {
namespace {

constexpr const char* kOfRuns = "run_id IN (SELECT key FROM staged_keys())";
// Of what set_runs() has staged.
constexpr const char* kIdsOfRuns =
    "run IN (SELECT CASE WHEN number < 0 THEN number::HUGEINT + 18446744073709551616 "
    "ELSE number END::UBIGINT FROM staged_numbers())";
constexpr std::int64_t kDayMs = std::int64_t{24} * 60 * 60 * 1000;

// Columns that say when an event came which a row was made of.
std::vector<std::string_view> times_of(const TableSpec& table) {
    if (table.table == Table::kStatus) {
        return {"last_event_ms",       "started_at_ms",   "completed_at_ms", "ended_at_ms",
                "_attempt_started_ms", "_environment_ms", "_deleted_ms"};
    }
    if (table.table == Table::kPhases) return {"started_at_ms", "completed_at_ms"};
    return {table.columns[table.position_of(Role::kTime)].name};
}

// The halves of a row's hash, each summed up: 2^63 rows have room.  By bits: a division of numbers
// so long takes DuckDB 10 us.
constexpr const char* kSums =
    "coalesce(sum((_hash >> 64)::HUGEINT), 0)::UHUGEINT, "
    "coalesce(sum((_hash & 18446744073709551615::UHUGEINT)::HUGEINT), 0)::UHUGEINT";

}  // namespace

Result<std::set<Day>> Fold::days_of(const std::vector<std::string>& runs) {
    State& state = *state_;
    state.set_keys({runs.begin(), runs.end()});
    // A source can be read once in a statement.
    std::string sql;
    for (const Table table : kTables) {
        for (const std::string_view time : times_of(spec(table))) {
            sql += fmt::format("{}SELECT {} // {} AS day FROM {} WHERE {} AND {} IS NOT NULL",
                               sql.empty() ? "" : " UNION ", time, kDayMs,
                               state.store->rows_of(spec(table).name),
                               "run_id IN (SELECT key FROM keys)", time);
        }
    }
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        state.connection.query("WITH keys AS MATERIALIZED (SELECT key FROM staged_keys()) " + sql));
    std::set<Day> days;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return days;
        days.insert(Day(static_cast<std::int32_t>(rows.get_int64(0))));
    }
}

Result<bool> Fold::has_conflict(const std::vector<std::string>& runs) {
    State& state = *state_;
    state.set_runs(runs);
    ASSIGN_OR_RETURN(duck::Rows rows,
                     state.connection.query(fmt::format(
                         "SELECT count(*) FROM {} WHERE id IN (SELECT id FROM {}) AND {}",
                         state.store->rows_of("index_events"),
                         state.store->rows_of("index_conflicts"), kIdsOfRuns)));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    return found && rows.get_int64(0) > 0;
}

void Fold::State::set_runs(const std::vector<std::string>& run_ids) {
    std::vector<std::int64_t> hashes;
    for (const std::string& run : run_ids) {
        hashes.push_back(static_cast<std::int64_t>(xxh3_64(run)));
    }
    set_numbers(std::move(hashes));
}

Status Fold::forget(const Forgotten& forgotten) {
    State& state = *state_;
    const Hash128 digest_before = state.digest;
    RETURN_IF_ERROR(state.connection.execute("BEGIN TRANSACTION"));
    Status done = state.forget(forgotten);
    const Status ended = state.connection.execute(done ? "COMMIT" : "ROLLBACK");
    if (!done || !ended) state.digest = digest_before;
    return done ? ended : done;
}

Status Fold::State::forget(const Forgotten& forgotten) {
    set_keys({forgotten.runs.begin(), forgotten.runs.end()});
    for (const Table table : kTables) RETURN_IF_ERROR(forget_rows(spec(table).name));
    RETURN_IF_ERROR(store->erase("index_phases", kOfRuns));
    // Ids of what stays go too, so that the events count as new when they are read again.
    set_runs(forgotten.runs);
    RETURN_IF_ERROR(store->erase("index_events", kIdsOfRuns));
    std::vector<std::string> names;
    for (const PartToReadAgain& part : forgotten.parts) names.push_back(part.name);
    set_keys({names.begin(), names.end()});
    for (const char* table : {"index_parts", "index_damage"}) {
        RETURN_IF_ERROR(store->erase(table, "part IN (SELECT key FROM staged_keys())"));
    }
    for (const PartToReadAgain& part : forgotten.parts) {
        RETURN_IF_ERROR(
            connection.query("INSERT INTO index_parts VALUES ($1, 0, 0, 0, 0, 0, 0, 0, 0, $2)",
                             {part.name, part.rewrites}));
    }
    for (const RetentionMark& mark : forgotten.marks) {
        RETURN_IF_ERROR(connection.query("INSERT INTO index_retained VALUES ($1, $2)",
                                         {mark.event_id, to_string(mark.day)}));
    }
    return write_meta();
}

// Deletes the rows of the runs among the keys, and takes them off the digest.
Status Fold::State::forget_rows(std::string_view table) {
    ASSIGN_OR_RETURN(duck::Rows sums,
                     connection.query(fmt::format("SELECT {} FROM {} WHERE {}", kSums,
                                                  store->rows_of(table), kOfRuns)));
    ASSIGN_OR_RETURN(const bool found, sums.next());
    if (!found) return fail(ErrorCode::kIo, "forget rows of {}: there is no sum", table);
    const duck::Column::Uint128 high = sums.get_uint128(0);
    const duck::Column::Uint128 low = sums.get_uint128(1);
    digest -= Hash128{high.low + low.high, low.low};
    return store->erase(table, kOfRuns);
}

}  // namespace daybook::index
