// The tables of which one event wins a row whole.

#include <algorithm>

#include "duck/sql.h"
#include "index/fold_state.h"

namespace daybook::index {
namespace {

// The condition under which the staged row `s` and the row `t` of the table have the same key.
std::string same_key(const TableSpec& table) {
    std::string condition;
    for (const Column& column : table.columns) {
        if (column.role != Role::kKey) continue;
        if (!condition.empty()) condition += " AND ";
        const std::string name = duck::quote_identifier(column.name);
        if (column.type != Type::kInt) {
            condition += fmt::format("s.{0} = t.{0}", name);
            continue;
        }
        // Only `step` can be missing: then the event's id stands for it.  As an equality, by which
        // the join can look up; else each such point would be compared with all of its curve.
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
            if (column == width) {
                out.set_int64(row, (std::int64_t{place.piece} << 32) | place.row);
                return;
            }
            const Staging& piece = batch.pieces[place.piece];
            write_cell(piece.rows(table).cells[place.row * width + column], &piece, out, row);
        });
}

// Compares the staged rows with those that the table has for their keys.  Staged rows that lose do
// not count any more; the rowids of rows that lose are returned.
Result<std::vector<std::int64_t>> Fold::State::find_beaten(Table table, Batch& batch) {
    const TableSpec& table_spec = spec(table);
    set_rows(table, batch, true);
    ASSIGN_OR_RETURN(
        duck::Rows hits,
        connection.query(fmt::format(
            "SELECT s.ordinal, t.rowid, t.\"{}\", t._event_id FROM staged_{}() s JOIN {} t ON {}",
            table_spec.columns[table_spec.position_of(Role::kTime)].name, table_spec.name,
            table_spec.name, same_key(table_spec))));
    std::vector<std::int64_t> beaten;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, hits.next());
        if (!more) break;
        const std::int64_t ordinal = hits.get_int64(0);
        const Place place{static_cast<std::uint32_t>(ordinal >> 32),
                          static_cast<std::uint32_t>(ordinal)};
        const Stamp& staged = batch.event_of(table, place).stamp;
        const Stamp indexed{hits.get_int64(2), hits.get_string(3)};
        const bool wins =
            table_spec.winner == Winner::kLeast ? staged <= indexed : staged >= indexed;
        if (wins) beaten.push_back(hits.get_int64(1));
        std::uint8_t& counts = batch.counts(table, place);
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
        if (!beaten.empty()) {
            set_numbers(std::move(beaten));
            RETURN_IF_ERROR(delete_rows(table, "rowid IN (SELECT number FROM staged_numbers())"));
        }
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
    return connection.execute(
        fmt::format("INSERT INTO {0} SELECT * EXCLUDE (ordinal) "
                    "FROM staged_{0}()",
                    spec(table).name));
}

}  // namespace daybook::index
