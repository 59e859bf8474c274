// Which events a ledger has, asked a day at a time: the ids of a day are read from the log when the
// first event of that day is asked about.
//
// An event lies in the directory of its own day, whoever has written it with Daybook, so the days
// of what is asked about are enough, and a small merge into a large ledger reads little.  Another
// tool's line in the directory of another day is not found, and written once more: readers take the
// two for one event, and from then on it is found.  (What may have been made to deceive is asked
// about otherwise: wanted_ids.h.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/calendar.h"
#include "base/hash.h"
#include "base/result.h"
#include "log/log_source.h"
#include "log/scan.h"

namespace daybook::lifecycle {

// The day of the time that an id carries: a UUID of version 7, or `<ms>_…`; nullopt: it has none.
std::optional<Day> day_of_id(std::string_view event_id);

// Contents by ids: open addressing, 24 bytes a slot.
class IdTable {
public:
    // The content that is there under `id`; nullopt if there was none, and now this one is.
    std::optional<std::uint64_t> insert(Hash128 id, std::uint64_t content);
    bool has(Hash128 id) { return find(id).has_value(); }
    std::optional<std::uint64_t> find(Hash128 id);

private:
    struct Slot {
        Hash128 id;
        std::uint64_t content = 0;
    };
    // Its slot, or the one that it would take; there are slots.
    Slot& slot_of(Hash128 id);
    void grow();

    std::vector<Slot> slots_{};
    std::size_t taken_ = 0;
};

// Keeps the ids of a few days.  Not thread-safe.
class KnownIds {
public:
    explicit KnownIds(log::LogSource source) : source_(std::move(source)) {}

    // Whether the day's ids are in memory.
    bool has_day(Day day) const;
    // Whether a day has to go for the next one.  What has been inserted and is not in the log would
    // be forgotten with it: the caller writes it first.
    bool is_full() const;
    // Reads the ids of the day.
    Status read_day(Day day);

    // Whether the ledger has the event `id`.  has_day(day).
    bool has(Day day, Hash128 id);
    // Its content (XXH3-64 of its body), if so.
    std::optional<std::uint64_t> find(Day day, Hash128 id);
    // The content of the event `id` (XXH3-64 of its body), if the ledger has it; else nullopt, and
    // now it has `content`.  has_day(day).
    std::optional<std::uint64_t> insert(Day day, Hash128 id, std::uint64_t content);

private:
    struct DayIds {
        Day day;
        IdTable ids{};
    };
    // Of the day, which becomes the last used.
    IdTable& ids_of(Day day);
    Status read_part(const log::PartId& part, IdTable& ids) const;

    log::LogSource source_;
    std::list<DayIds> days_{};  // the last used first
    // Listed once, and again when a day comes back: only what we wrote has come to it since.
    std::vector<log::PartInfo> parts_{};
    bool is_listed_ = false;
    std::set<Day> gone_{};  // days that had to go
};

}  // namespace daybook::lifecycle
