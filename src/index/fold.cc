#include "index/fold.h"

#include <array>
#include <utility>

#include "duck/sql.h"
#include "index/fold_state.h"

namespace daybook::index {
namespace {

std::string source_name(Table table) { return fmt::format("staged_{}", spec(table).name); }

duck::ColumnType duck_type(Type type) {
    switch (type) {
        case Type::kText: return duck::ColumnType::kVarchar;
        case Type::kJson: return duck::ColumnType::kJson;
        case Type::kInt: return duck::ColumnType::kBigint;
        case Type::kDouble: return duck::ColumnType::kDouble;
        case Type::kBool: return duck::ColumnType::kBoolean;
        case Type::kTexts: return duck::ColumnType::kVarcharList;
        case Type::kNumbers: return duck::ColumnType::kDoubleMap;
    }
    return duck::ColumnType::kVarchar;
}

std::int64_t ordinal(Place place) {
    return (std::int64_t{place.piece} << 32) | std::int64_t{place.row};
}

Place place_of(std::int64_t ordinal) {
    return {static_cast<std::uint32_t>(ordinal >> 32), static_cast<std::uint32_t>(ordinal)};
}

}  // namespace

Fold::Fold(std::unique_ptr<State> state) : state_(std::move(state)) {}
Fold::Fold(Fold&&) noexcept = default;
Fold& Fold::operator=(Fold&&) noexcept = default;
Fold::~Fold() = default;

const Hash128& Fold::digest() const { return state_->digest; }

Result<Fold> Fold::open(duck::Connection& connection) {
    return open(connection, std::make_unique<PlainTables>(connection));
}

Result<Fold> Fold::open(duck::Connection& connection, std::unique_ptr<TableStore> store) {
    auto state = std::make_unique<State>(connection, std::move(store));
    RETURN_IF_ERROR(state->register_sources());
    RETURN_IF_ERROR(state->read_meta());
    return Fold(std::move(state));
}

Fold::State::~State() {
    for (const auto& source : rows) {
        if (source) source->clear();
    }
    for (const auto& source : {events, keys, numbers, phase_keys, phase_states, damage, parts}) {
        if (source) source->clear();
    }
}

Status Fold::State::register_sources() {
    using enum duck::ColumnType;
    for (const Table table : kTables) {
        std::vector<duck::SourceColumn> columns;
        for (const Column& column : spec(table).columns) {
            columns.push_back({std::string(column.name), duck_type(column.type)});
        }
        columns.push_back({"_hash", kUhugeint});
        columns.push_back({"ordinal", kBigint});
        auto& source = rows[static_cast<std::size_t>(table)];
        source = std::make_shared<ListSource>(std::move(columns));
        RETURN_IF_ERROR(connection.register_source(source_name(table), source));
    }
    const auto add = [&](const char* name, std::shared_ptr<ListSource>& source,
                         std::vector<duck::SourceColumn> columns) {
        source = std::make_shared<ListSource>(std::move(columns));
        return connection.register_source(name, source);
    };
    RETURN_IF_ERROR(
        add("staged_events", events,
            {{"id", kUuid}, {"content", kUbigint}, {"ordinal", kBigint}, {"run", kUbigint}}));
    RETURN_IF_ERROR(add("staged_keys", keys, {{"key", kVarchar}}));
    RETURN_IF_ERROR(add("staged_phase_keys", phase_keys,
                        {{"run_id", kVarchar}, {"phase_name", kVarchar}, {"iteration", kBigint}}));
    RETURN_IF_ERROR(add("staged_numbers", numbers, {{"number", kBigint}}));
    RETURN_IF_ERROR(
        add("staged_damage", damage,
            {{"part", kVarchar}, {"offset", kBigint}, {"length", kBigint}, {"reason", kVarchar}}));
    RETURN_IF_ERROR(add("staged_parts", parts,
                        {{"part", kVarchar},
                         {"bytes", kBigint},
                         {"lines", kBigint},
                         {"first_offset", kBigint},
                         {"first_checksum", kUbigint},
                         {"last_offset", kBigint},
                         {"last_checksum", kUbigint},
                         {"damaged", kBigint},
                         {"foreign", kBigint},
                         {"rewrites", kBigint}}));
    return add("staged_phase_states", phase_states,
               {{"run_id", kVarchar},
                {"phase_name", kVarchar},
                {"iteration", kBigint},
                {"phase_order", kBigint},
                {"started_at_ms", kBigint},
                {"started_id", kVarchar},
                {"started_extra", kJson},
                {"ended_at_ms", kBigint},
                {"ended_id", kVarchar},
                {"ended_type", kVarchar},
                {"duration_ms", kBigint},
                {"output_summary_json", kJson},
                {"ended_extra", kJson}});
}

Status Fold::State::read_meta() {
    ASSIGN_OR_RETURN(duck::Rows meta, connection.query("SELECT digest FROM index_meta"));
    ASSIGN_OR_RETURN(const bool found, meta.next());
    std::string_view hex = found ? meta.get_string(0) : std::string_view();
    if (hex.size() != 32 || !parse_hex64(hex.substr(0, 16), &digest.high) ||
        !parse_hex64(hex.substr(16), &digest.low)) {
        return fail(ErrorCode::kCorrupt, "read index_meta: no digest of 32 hex digits");
    }
    ASSIGN_OR_RETURN(
        duck::Rows count,
        connection.query(fmt::format("SELECT count(*) FROM {}", store->rows_of("index_events"))));
    ASSIGN_OR_RETURN(const bool counted, count.next());
    if (counted) events_indexed = count.get_uint64(0);
    return {};
}

Result<Applied> Fold::apply(Batch& batch, const Conflicts& conflicts) {
    State& state = *state_;
    const Hash128 digest_before = state.digest;
    const std::uint64_t indexed_before = state.events_indexed;
    RETURN_IF_ERROR(state.connection.execute("BEGIN TRANSACTION"));
    Result<Applied> applied = state.apply_all(batch, conflicts);
    const bool keep = applied.has_value() && applied->displaced.empty();
    const Status ended = state.connection.execute(keep ? "COMMIT" : "ROLLBACK");
    if (!keep || !ended) {
        state.digest = digest_before;
        state.events_indexed = indexed_before;
    }
    state.runs.clear();
    state.arena = Arena();
    if (applied && !ended) return fail(ended.error());
    return applied;
}

Result<Applied> Fold::State::apply_all(Batch& batch, const Conflicts& conflicts) {
    Applied applied;
    conflicting.clear();
    const CopyReport copies = drop_copies(batch, conflicts);
    applied.duplicates = copies.duplicates;
    applied.conflicts = copies.conflicting.size();
    for (const Place place : copies.conflicting) conflicting.push_back(batch.event(place).id);
    RETURN_IF_ERROR(drop_indexed(batch, &applied));
    if (!applied.displaced.empty()) return applied;
    RETURN_IF_ERROR(insert_conflicts());
    pick_winners(batch);

    RETURN_IF_ERROR(insert_events(batch));
    RETURN_IF_ERROR(touch_runs(batch));
    RETURN_IF_ERROR(load_runs());
    for (const Table table : kTables) {
        if (spec(table).winner != Winner::kMerged) RETURN_IF_ERROR(fold_table(table, batch));
    }
    RETURN_IF_ERROR(merge_runs(batch));
    RETURN_IF_ERROR(store_runs());
    RETURN_IF_ERROR(fold_phases(batch));
    RETURN_IF_ERROR(write_parts(batch));
    RETURN_IF_ERROR(write_damage(batch));
    RETURN_IF_ERROR(write_meta());
    batch.for_each_event([&](Place) { ++applied.events; });
    return applied;
}

// Compares the batch's events with those that the index has: copies do not count, conflicts are
// settled.
Status Fold::State::drop_indexed(Batch& batch, Applied* applied) {
    if (events_indexed == 0) return {};
    std::vector<Place> places;
    batch.for_each_event([&](Place place) { places.push_back(place); });
    events->set(places.size(),
                [&](std::size_t i, std::size_t column, duck::ColumnWriter& out, std::size_t row) {
                    const StagedEvent& event = batch.event(places[i]);
                    if (column == 0) out.set_uuid(row, event.id.high, event.id.low);
                    if (column == 1) out.set_uint64(row, event.content);
                    if (column == 2) out.set_int64(row, ordinal(places[i]));
                });
    ASSIGN_OR_RETURN(duck::Rows hits,
                     connection.query(fmt::format("SELECT s.ordinal, e.content "
                                                  "FROM staged_events() s JOIN {} e ON e.id = s.id",
                                                  store->rows_of("index_events"))));
    while (true) {
        ASSIGN_OR_RETURN(const bool more, hits.next());
        if (!more) break;
        StagedEvent& event = batch.event(place_of(hits.get_int64(0)));
        const std::uint64_t content = hits.get_uint64(1);
        if (content == event.content) {
            ++applied->duplicates;
            event.counts = batch.again;
            event.is_indexed = true;
        } else if (content < event.content) {
            ++applied->conflicts;
            event.counts = false;
            conflicting.push_back(event.id);
        } else {
            applied->displaced[event.id] = event.content;
        }
    }
    return {};
}

// A retention that takes the content away that counts must know that there is another.
Status Fold::State::insert_conflicts() {
    if (conflicting.empty()) return {};
    events->set(conflicting.size(),
                [&](std::size_t i, std::size_t column, duck::ColumnWriter& out, std::size_t row) {
                    if (column == 0) out.set_uuid(row, conflicting[i].high, conflicting[i].low);
                });
    return store->insert("index_conflicts",
                         fmt::format("SELECT id FROM staged_events() EXCEPT SELECT id FROM {}",
                                     store->rows_of("index_conflicts")));
}

Status Fold::State::insert_events(const Batch& batch) {
    std::vector<Place> places;
    batch.for_each_event([&](Place place) {
        if (!batch.event(place).is_indexed) places.push_back(place);
    });
    events->set(places.size(),
                [&](std::size_t i, std::size_t column, duck::ColumnWriter& out, std::size_t row) {
                    const StagedEvent& event = batch.event(places[i]);
                    if (column == 0) out.set_uuid(row, event.id.high, event.id.low);
                    if (column == 1) out.set_uint64(row, event.content);
                    if (column == 3) out.set_uint64(row, xxh3_64(event.run_id));
                });
    RETURN_IF_ERROR(store->insert("index_events", "SELECT id, content, run FROM staged_events()"));
    events_indexed += places.size();
    return {};
}

Status Fold::State::write_parts(const Batch& batch) {
    std::vector<std::string_view> names;
    for (const PartState& part : batch.parts) names.push_back(part.name);
    set_keys(std::move(names));
    RETURN_IF_ERROR(store->erase("index_parts", "part IN (SELECT key FROM staged_keys())"));
    parts->set(batch.parts.size(), [&batch](std::size_t i, std::size_t column,
                                            duck::ColumnWriter& out, std::size_t row) {
        const PartState& part = batch.parts[i];
        if (column == 0) return out.lend_text(row, part.name);
        const std::array values{part.bytes,          part.lines,       part.first_offset,
                                part.first_checksum, part.last_offset, part.last_checksum,
                                part.damaged,        part.foreign,     part.rewrites};
        out.set_uint64(row, values[column - 1]);  // As wide as a BIGINT.
    });
    return store->insert("index_parts", "SELECT * FROM staged_parts()");
}

Status Fold::State::write_damage(const Batch& batch) {
    std::vector<StagedDamage> all;
    for (const Staging& piece : batch.pieces) {
        all.insert(all.end(), piece.damage.begin(), piece.damage.end());
    }
    if (all.empty()) return {};
    damage->set(all.size(),
                [&](std::size_t i, std::size_t column, duck::ColumnWriter& out, std::size_t row) {
                    if (column == 0) out.lend_text(row, batch.parts[all[i].part].name);
                    if (column == 1)
                        out.set_int64(row, static_cast<std::int64_t>(all[i].offset.value()));
                    if (column == 2) out.set_int64(row, static_cast<std::int64_t>(all[i].length));
                    if (column == 3) out.lend_text(row, all[i].reason);
                });
    return store->insert("index_damage", "SELECT * FROM staged_damage()");
}

Status Fold::State::write_meta() {
    RETURN_IF_ERROR(
        connection.query("UPDATE index_meta SET digest = $1, built_at = NULL", {digest.to_hex()}));
    return {};
}

Status Fold::State::delete_rows(Table table, const char* selection) {
    const std::string_view name = spec(table).name;
    ASSIGN_OR_RETURN(duck::Rows old,
                     connection.query(fmt::format("SELECT r._row, r._hash FROM {} r{}",
                                                  store->rows_of(name), selection)));
    std::vector<std::int64_t> positions;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, old.next());
        if (!more) break;
        positions.push_back(old.get_int64(0));
        digest -= hash_at(old, 1);
    }
    return erase_at(name, std::move(positions));
}

Status Fold::State::erase_at(std::string_view table, std::vector<std::int64_t> positions) {
    if (positions.empty()) return {};
    set_numbers(std::move(positions));
    return store->erase_rows(table, "SELECT number FROM staged_numbers()");
}

Status Fold::State::insert_cells(Table table, const std::vector<Cell>& cells) {
    const TableSpec& table_spec = spec(table);
    const std::size_t width = table_spec.columns.size();
    std::vector<Hash128> hashes;
    for (std::size_t at = 0; at < cells.size(); at += width) {
        hashes.push_back(hasher.hash(table_spec, std::span(cells).subspan(at, width), {}));
        digest += hashes.back();
    }
    rows[static_cast<std::size_t>(table)]->set(
        hashes.size(),
        [&](std::size_t i, std::size_t column, duck::ColumnWriter& out, std::size_t row) {
            if (column < width) write_cell(cells[i * width + column], nullptr, out, row);
            if (column == width) out.set_uint128(row, hashes[i].high, hashes[i].low);
        });
    return insert_staged(table);
}

Status Fold::State::insert_staged(Table table) {
    const std::string_view name = spec(table).name;
    return store->insert(name,
                         fmt::format("SELECT * EXCLUDE (ordinal) FROM {}()", source_name(table)));
}

Hash128 hash_at(const duck::Rows& rows, std::size_t column) {
    const duck::Column::Uint128 value = rows.get_uint128(column);
    return {value.high, value.low};
}

void Fold::State::set_keys(std::vector<std::string_view> values) {
    const std::size_t count = values.size();
    keys->set(count,
              [texts = std::move(values)](std::size_t i, std::size_t, duck::ColumnWriter& out,
                                          std::size_t row) { out.lend_text(row, texts[i]); });
}

void Fold::State::set_numbers(std::vector<std::int64_t> values) {
    const std::size_t count = values.size();
    numbers->set(count,
                 [list = std::move(values)](std::size_t i, std::size_t, duck::ColumnWriter& out,
                                            std::size_t row) { out.set_int64(row, list[i]); });
}

void write_cell(const Cell& cell, const Staging* staging, duck::ColumnWriter& out,
                std::size_t row) {
    switch (cell.kind()) {
        case Cell::Kind::kNull: return out.set_null(row);
        case Cell::Kind::kBool: return out.set_bool(row, cell.as_bool());
        case Cell::Kind::kInt: return out.set_int64(row, cell.as_int());
        case Cell::Kind::kDouble: return out.set_double(row, cell.as_double());
        case Cell::Kind::kText: return out.lend_text(row, cell.as_text());
        case Cell::Kind::kTexts:
            return out.set_text_list(row,
                                     std::span(staging->texts).subspan(cell.begin(), cell.count()));
        case Cell::Kind::kNumbers:
            return out.lend_double_map(
                row, std::span(staging->numbers).subspan(cell.begin(), cell.count()));
    }
}

}  // namespace daybook::index
