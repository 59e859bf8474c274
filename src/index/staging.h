// What one thread has read of a batch: events, and the rows they would make.
//
//     line ──decode.h──▶ Staging: events, rows ──winners.h──▶ rows that count ──projection.h──▶ SQL
//
// Rows are kept as the table has them, so that each goes into the index without another copy. Texts
// point into the batch's bytes, or into the staging's arena.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/strong.h"
#include "index/arena.h"
#include "index/cell.h"
#include "index/tables.h"

namespace daybook::index {

// Which of two events counts where only one can: by time, then by id.
struct Stamp {
    std::int64_t timestamp_ms = 0;
    std::string_view event_id;

    auto operator<=>(const Stamp&) const = default;
};

// Something of a run's life; see run_state.h.
enum class LifeKind : std::uint8_t {
    kStarted,
    kCompleted,
    kFailed,
    kCancelled,
    kInterrupted,
    kEnvironment,
    kDeleted,
    kRestored
};
struct LifeEvent {
    std::uint32_t event = 0;  // its position among the events
    LifeKind kind = LifeKind::kStarted;
    std::int64_t attempt = 1;
    Cell summary{};
    Cell error{};
    Cell artifact_paths{};
    Cell owner{};
    Cell failed_phase{};
    Cell extra{};  // kEnvironment: the whole payload
};

// A phase's start or end; see phase_state.h.
enum class PhaseKind : std::uint8_t { kStarted, kCompleted, kFailed };
struct PhaseEvent {
    std::uint32_t event = 0;
    PhaseKind kind = PhaseKind::kStarted;
    std::string_view phase_name{};
    std::int64_t iteration = 0;
    std::int64_t phase_order = -1;  // -1: the event does not say
    Cell duration_ms{};
    Cell output_summary{};
    Cell extra{};
};

struct StagedEvent {
    Hash128 id;                 // see event_key.h
    std::uint64_t content = 0;  // XXH3-64 of the line before its trailer
    std::string_view run_id;
    Stamp stamp;
    std::uint32_t part = 0;  // position in the batch's list of parts
    std::uint32_t run = 0;   // position in the fold's list of runs
    ByteOffset offset;
    std::uint32_t length = 0;
    bool makes_run = true;    // not an event of the ledger itself
    bool is_active = true;    // the run has done something, not just been described
    bool counts = true;       // neither a copy nor the losing side of a conflict
    bool is_indexed = false;  // the index has it already, and it is applied again
};

// Where the lists of a staging lie: PageArena in a batch that is read.
using Memory = std::pmr::memory_resource;
template <typename T>
using List = std::pmr::vector<T>;

// The staged rows of one table.
struct StagedRows {
    explicit StagedRows(Memory* memory)
        : cells(memory), events(memory), keys(memory), hashes(memory), counts(memory) {}

    List<Cell> cells;            // as many a row as the table has columns
    List<std::uint32_t> events;  // of each row
    List<Hash128> keys;          // XXH3-128 of each row's key
    List<Hash128> hashes;        // row_hash.h
    List<std::uint8_t> counts;   // 0: another row of the key has won

    std::size_t size() const { return events.size(); }
};

// Bytes of a part that are no event.
struct StagedDamage {
    std::uint32_t part = 0;
    ByteOffset offset;
    std::uint64_t length = 0;
    std::string_view reason;  // a constant
};

struct Staging {
    // `memory` must outlive the staging.
    explicit Staging(Memory* memory = std::pmr::get_default_resource())
        : events(memory),
          tables(make_tables(memory, std::make_index_sequence<kTableCount>())),
          life(memory),
          phases(memory),
          texts(memory),
          numbers(memory) {}

    List<StagedEvent> events;
    std::array<StagedRows, kTableCount> tables;
    List<LifeEvent> life;
    List<PhaseEvent> phases;
    std::vector<StagedDamage> damage;
    std::uint64_t foreign = 0;
    List<std::string_view> texts;
    List<std::pair<std::string_view, double>> numbers;
    Arena arena;

    // Makes room for a bit more than `other`, a staging of as many bytes, has taken: a list that
    // grows leaves its old place behind.
    void reserve_like(const Staging& other) {
        const auto make_room = [](auto& list, const auto& model) {
            list.reserve(model.size() + model.size() / 8);
        };
        make_room(events, other.events);
        make_room(life, other.life);
        make_room(phases, other.phases);
        make_room(texts, other.texts);
        make_room(numbers, other.numbers);
        for (std::size_t i = 0; i < kTableCount; ++i) {
            make_room(tables[i].cells, other.tables[i].cells);
            make_room(tables[i].events, other.tables[i].events);
            make_room(tables[i].keys, other.tables[i].keys);
            make_room(tables[i].hashes, other.tables[i].hashes);
            make_room(tables[i].counts, other.tables[i].counts);
        }
    }

    StagedRows& rows(Table table) { return tables[static_cast<std::size_t>(table)]; }
    const StagedRows& rows(Table table) const { return tables[static_cast<std::size_t>(table)]; }
    std::span<const Cell> row(Table table, std::size_t row) const {
        const std::size_t width = spec(table).columns.size();
        return std::span(rows(table).cells).subspan(row * width, width);
    }

private:
    template <std::size_t... I>
    static std::array<StagedRows, kTableCount> make_tables(Memory* memory,
                                                           std::index_sequence<I...>) {
        return {(static_cast<void>(I), StagedRows(memory))...};
    }
};

}  // namespace daybook::index
