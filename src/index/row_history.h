// The events of the log that have to do with one row of the index.
//
// Two passes over the log.  The first finds the events that would make the row, by decoding those
// lines that can hold its key, as the builder decodes them.  The second looks for other lines with
// their ids, which may belong to other rows: of copies the first counts, of different contents the
// one with the least hash (docs/formats/tables.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "index/decode.h"
#include "index/row_key.h"
#include "index/staging.h"
#include "json/envelope.h"
#include "log/line.h"

namespace daybook::index {

// What an event says of a run's life.
struct LifeClaim {
    LifeKind kind = LifeKind::kStarted;
    std::int64_t attempt = 1;
    std::optional<std::string> failed_phase{};
};
// What it says of a phase.
struct PhaseClaim {
    PhaseKind kind = PhaseKind::kStarted;
    std::int64_t order = -1;  // -1: it does not say
    bool has_extra = false;
};

struct RowEvent {
    std::string part{};
    ByteOffset offset{};
    std::string event_type{};
    std::string event_id{};
    std::int64_t timestamp_ms = 0;
    Hash128 id{};               // event_key.h
    std::uint64_t content = 0;  // as in StagedEvent
    // Of a table whose rows are won whole: it would make the row.
    bool makes_row = false;
    bool is_active = false;
    std::optional<LifeClaim> life{};
    std::optional<PhaseClaim> phase{};
    // Why it counts nowhere: it is a copy, or lost to another content.  Empty: it counts.
    std::string out{};

    Stamp stamp() const { return {timestamp_ms, event_id}; }
};

// A line that holds the key's texts and is no event.
struct RowDamage {
    std::string part;
    ByteOffset offset;
    std::string reason;
};

// Memory grows with the number of events that matter: of runs_status, all those of the run.
class RowHistory {
public:
    // `upcaster` may be null; it must outlive the history.
    RowHistory(RowKey key, const Upcaster* upcaster);

    // The first pass, in the log's order.
    void add(const log::Line& line, const std::string& part);
    // The second pass, after the first, in the log's order.
    void add_rival(const log::Line& line, const std::string& part);

    // After both passes: the events, in the log's order.
    std::vector<RowEvent> take_events();
    const std::vector<RowDamage>& damage() const { return damage_; }

private:
    struct IdHash {
        std::size_t operator()(const Hash128& id) const { return id.low; }
    };
    // The content of an id that counts, and where it was first seen.
    struct Rival {
        bool seen = false;
        std::uint64_t content = 0;
        std::string part{};
        ByteOffset offset{};
    };

    bool may_matter(std::string_view line) const;
    // Decodes a copy of the line, which staging_ then holds.
    void decode(const log::Line& line);
    // Whether what staging_ holds has to do with the row; fills in what it says.
    bool claims(RowEvent& event) const;
    bool is_key(std::span<const Cell> cells, std::string_view event_id) const;

    RowKey key_;
    const TableSpec& spec_;
    std::vector<std::string> texts_;  // of the key: what a line of the row must hold
    Decoder decoder_;
    json::EnvelopeReader envelopes_;
    std::string copy_;
    Staging staging_;
    std::vector<RowEvent> events_;
    std::vector<RowDamage> damage_;
    std::unordered_map<Hash128, Rival, IdHash> rivals_;
};

}  // namespace daybook::index
