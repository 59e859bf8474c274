// A number of events that are applied at once, in one transaction with the cursors behind them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "index/page_arena.h"
#include "index/place.h"
#include "index/staging.h"
#include "os/pages.h"

namespace daybook::index {

// How far a part has been read; a row of index_parts.  Offsets and checksums are those of the first
// and of the last line before `bytes`.
struct PartState {
    std::string name;  // "day=2026-01-23/part-000001"
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;
    std::uint64_t first_offset = 0;
    std::uint64_t first_checksum = 0;
    std::uint64_t last_offset = 0;
    std::uint64_t last_checksum = 0;
    std::uint64_t damaged = 0;
    std::uint64_t foreign = 0;
    std::uint64_t rewrites = 0;  // how many retentions had removed lines of it
    bool operator==(const PartState&) const = default;
};

// How many bytes of each part, by its name.
using BytesRead = std::map<std::string, std::uint64_t>;

// How much of the log a batch holds unless the caller says otherwise.  Larger batches leave fewer
// half-filled row groups for the checkpoint to write again: 416 MiB take 40 % less processor time
// than 128 MiB, and keep the builder below 1.5 GB.
inline constexpr std::uint64_t kBatchBytes = std::uint64_t{416} << 20;

struct Batch {
    // The bytes that the pieces point into, and where their lists lie.
    std::vector<os::Pages> bytes;
    std::vector<std::unique_ptr<PageArena>> arenas;
    // What has been read, in the order of the log.
    std::deque<Staging> pieces;
    // The parts that the pieces come from, as they are after the batch.
    std::vector<PartState> parts;
    // How many bytes of lines they were made from.
    std::uint64_t lines_bytes = 0;
    // Apply copies of events that are in the index already (--since-date).
    bool again = false;

    Batch() = default;
    Batch(Batch&&) noexcept = default;
    Batch& operator=(Batch&&) = delete;
    // The pieces before what they point into.
    ~Batch() { pieces.clear(); }

    StagedEvent& event(Place place) { return pieces[place.piece].events[place.row]; }
    const StagedEvent& event(Place place) const { return pieces[place.piece].events[place.row]; }
    // The event that made a row of `table`.
    const StagedEvent& event_of(Table table, Place row) const {
        const Staging& piece = pieces[row.piece];
        return piece.events[piece.rows(table).events[row.row]];
    }
    std::uint8_t& counts(Table table, Place row) {
        return pieces[row.piece].rows(table).counts[row.row];
    }

    // Calls `function(Place)` for each event, or each row of `table`, that counts.
    template <typename Function>
    void for_each_event(Function&& function) const {
        for (std::uint32_t p = 0; p < pieces.size(); ++p) {
            for (std::uint32_t i = 0; i < pieces[p].events.size(); ++i) {
                if (pieces[p].events[i].counts) function(Place{p, i});
            }
        }
    }
    template <typename Function>
    void for_each_row(Table table, Function&& function) const {
        for (std::uint32_t p = 0; p < pieces.size(); ++p) {
            const StagedRows& rows = pieces[p].rows(table);
            for (std::uint32_t i = 0; i < rows.size(); ++i) {
                if (rows.counts[i] != 0) function(Place{p, i});
            }
        }
    }
};

}  // namespace daybook::index
