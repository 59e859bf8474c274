// The tables of which one event wins a row whole.

#include <algorithm>

#include "duck/sql.h"
#include "index/fold_state.h"

namespace daybook::index {
namespace {

// The condition under which the staged row `s` and the row `t` of the table have the same key.
// Rows without a step are only there if they are applied again: their event's id stands for it.
std::string same_key(const TableSpec& table, bool again) {
    std::string condition;
    for (const Column& column : table.columns) {
        if (column.role != Role::kKey) continue;
        if (!condition.empty()) condition += " AND ";
        const std::string name = duck::quote_identifier(column.name);
        if (column.type != Type::kInt || !again) {
            condition += fmt::format("s.{0} = t.{0}", name);
            continue;
        }
        // As an equality, by which the join can look up; else each point without a step would be
        // compared with all of its curve.
        condition += fmt::format(
            "s.{0} IS NOT DISTINCT FROM t.{0} AND "
            "CASE WHEN s.{0} IS NULL THEN s._event_id END IS NOT DISTINCT FROM "
            "CASE WHEN t.{0} IS NULL THEN t._event_id END",
            name);
    }
    return condition;
}

// Rows named by their event's id cannot be there already: its event would be too.
bool has_event_key(Table table) { return table == Table::kNotes || table == Table::kCustom; }

constexpr std::uint8_t kBeaten = 0;
constexpr std::uint8_t kNew = 1;
constexpr std::uint8_t kReplaces = 2;

}  // namespace

void Fold::State::set_rows(Table table, const Batch& batch, bool only_known) {
    auto places = std::make_shared<std::vector<Place>>();
    batch.for_each_row(table, [&](Place place) {
        if (!only_known || has_event_key(table) ||
            runs[batch.event_of(table, place).run].is_known) {
            places->push_back(place);
        }
    });
    const std::size_t width = spec(table).columns.size();
    rows[static_cast<std::size_t>(table)]->set(
        places->size(), [places, width, table, &batch](std::size_t i, std::size_t column,
                                                       duck::ColumnWriter& out, std::size_t row) {
            const Place place = (*places)[i];
            const Staging& piece = batch.pieces[place.piece];
            const StagedRows& staged = piece.rows(table);
            if (column < width) {
                write_cell(staged.cells[place.row * width + column], &piece, out, row);
            } else if (column == width) {
                const Hash128& hash = staged.hashes[place.row];
                out.set_uint128(row, hash.high, hash.low);
            } else {
                out.set_int64(row, (std::int64_t{place.piece} << 32) | place.row);
            }
        });
}

namespace {

// A staged row, and the row that the table has for its key.
struct Meeting {
    Place staged;
    std::int64_t row = 0;
    std::int64_t timestamp_ms = 0;
    Hash128 hash;
};

Result<std::vector<Meeting>> read_meetings(duck::Rows rows) {
    std::vector<Meeting> meetings;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return meetings;
        const std::int64_t ordinal = rows.get_int64(0);
        meetings.push_back(
            {{static_cast<std::uint32_t>(ordinal >> 32), static_cast<std::uint32_t>(ordinal)},
             rows.get_int64(1),
             rows.get_int64(2),
             hash_at(rows, 3)});
    }
}

}  // namespace

// The ids of the events that made the rows at these positions.
Result<std::map<std::int64_t, std::string>> Fold::State::event_ids_at(
    Table table, std::vector<std::int64_t> positions) {
    std::map<std::int64_t, std::string> ids;
    if (positions.empty()) return ids;
    set_numbers(std::move(positions));
    ASSIGN_OR_RETURN(duck::Rows found, connection.query(fmt::format(
                                           "SELECT _row, _event_id FROM {} WHERE {}",
                                           store->rows_of(spec(table).name),
                                           "_row IN (SELECT number FROM staged_numbers())")));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, found.next());
        if (!more) return ids;
        ids.emplace(found.get_int64(0), found.get_string(1));
    }
}

// Compares the staged rows with those that the table has for their keys.  Staged rows that lose do
// not count any more; rows that lose come off the digest, and their positions are returned.
Result<std::vector<std::int64_t>> Fold::State::find_beaten(Table table, Batch& batch) {
    const TableSpec& table_spec = spec(table);
    set_rows(table, batch, true);
    ASSIGN_OR_RETURN(
        duck::Rows hits,
        connection.query(fmt::format(
            "SELECT s.ordinal, t._row, t.\"{}\", t._hash FROM staged_{}() s JOIN {} t ON {}",
            table_spec.columns[table_spec.position_of(Role::kTime)].name, table_spec.name,
            store->rows_of(table_spec.name), same_key(table_spec, batch.again))));
    ASSIGN_OR_RETURN(const std::vector<Meeting> meetings, read_meetings(std::move(hits)));
    // Ids are long and compressed: they are read only where the times leave it open.
    std::vector<std::int64_t> tied;
    for (const Meeting& meeting : meetings) {
        if (batch.event_of(table, meeting.staged).stamp.timestamp_ms == meeting.timestamp_ms) {
            tied.push_back(meeting.row);
        }
    }
    ASSIGN_OR_RETURN(const auto ids, event_ids_at(table, std::move(tied)));

    std::vector<std::int64_t> beaten;
    for (const Meeting& meeting : meetings) {
        const Stamp& staged = batch.event_of(table, meeting.staged).stamp;
        const auto id = ids.find(meeting.row);
        const Stamp indexed{meeting.timestamp_ms,
                            id == ids.end() ? std::string_view() : std::string_view(id->second)};
        const bool wins =
            table_spec.winner == Winner::kLeast ? staged <= indexed : staged >= indexed;
        if (wins) {
            beaten.push_back(meeting.row);
            digest -= meeting.hash;
        }
        std::uint8_t& counts = batch.counts(table, meeting.staged);
        counts = wins && counts != kBeaten ? kReplaces : kBeaten;
    }
    return beaten;
}

Status Fold::State::fold_table(Table table, Batch& batch) {
    const auto is_candidate = [&](const Staging& piece) { return piece.rows(table).size() > 0; };
    if (std::none_of(batch.pieces.begin(), batch.pieces.end(), is_candidate)) return {};
    const bool can_be_there =
        has_event_key(table)
            ? batch.again
            : std::any_of(runs.begin(), runs.end(), [](const auto& run) { return run.is_known; });
    if (can_be_there) {
        ASSIGN_OR_RETURN(std::vector<std::int64_t> beaten, find_beaten(table, batch));
        RETURN_IF_ERROR(erase_at(spec(table).name, std::move(beaten)));
    }
    return insert_rows(table, batch);
}

Status Fold::State::insert_rows(Table table, const Batch& batch) {
    batch.for_each_row(table, [&](Place place) {
        const StagedRows& staged = batch.pieces[place.piece].rows(table);
        digest += staged.hashes[place.row];
        if (staged.counts[place.row] != kNew) return;
        RunState& run = runs[batch.event_of(table, place).run].state;
        if (table == Table::kTrials) run.add_trials(1);
        if (table == Table::kArtifacts) run.add_artifacts(1);
    });
    set_rows(table, batch, false);
    return insert_staged(table);
}

}  // namespace daybook::index
