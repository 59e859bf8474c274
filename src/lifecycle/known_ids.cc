#include "lifecycle/known_ids.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "index/event_key.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "log/scan.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kSlotsMin = 1024;
// A merge of ledgers goes by days; a run that is exported spans few.
constexpr std::size_t kDaysMax = 8;

// All zeros stand for an empty slot.
Hash128 stored(Hash128 id) { return id == Hash128{} ? Hash128{.high = 0, .low = 1} : id; }

constexpr std::uint64_t kVersion7 = 7;

}  // namespace

std::optional<Day> day_of_id(std::string_view event_id) {
    const Hash128 key = index::event_key(event_id);
    TimestampMs at{};
    if (((key.high >> 12) & 0xF) == kVersion7) {
        at = TimestampMs(static_cast<std::int64_t>(key.high >> 16));
    } else {
        std::int64_t ms = 0;
        const char* const end = event_id.data() + event_id.size();
        const auto [stop, error] = std::from_chars(event_id.data(), end, ms);
        if (error != std::errc() || stop == end || *stop != '_') return std::nullopt;
        at = TimestampMs(ms);
    }
    return has_day(at) ? std::optional(day_of(at)) : std::nullopt;
}

IdTable::Slot& IdTable::slot_of(Hash128 id) {
    const std::size_t mask = slots_.size() - 1;
    // Ids of version 7 begin with the time: the low half is what differs.
    for (std::size_t at = (id.low ^ id.high) & mask;; at = (at + 1) & mask) {
        Slot& slot = slots_[at];
        if (slot.id == id || slot.id == Hash128{}) return slot;
    }
}

void IdTable::grow() {
    std::vector<Slot> old(std::max(kSlotsMin, slots_.size() * 2));
    old.swap(slots_);
    for (const Slot& slot : old) {
        if (slot.id != Hash128{}) slot_of(slot.id) = slot;
    }
}

std::optional<std::uint64_t> IdTable::find(Hash128 id) {
    if (slots_.empty()) return std::nullopt;
    id = stored(id);
    const Slot& slot = slot_of(id);
    return slot.id == id ? std::optional(slot.content) : std::nullopt;
}

std::optional<std::uint64_t> IdTable::insert(Hash128 id, std::uint64_t content) {
    id = stored(id);
    if (taken_ >= slots_.size() / 4 * 3) grow();
    Slot& slot = slot_of(id);
    if (slot.id == id) return slot.content;
    slot = {.id = id, .content = content};
    ++taken_;
    return std::nullopt;
}

bool KnownIds::has_day(Day day) const {
    return std::any_of(days_.begin(), days_.end(),
                       [day](const DayIds& known) { return known.day == day; });
}

bool KnownIds::is_full() const { return days_.size() >= kDaysMax; }

Status KnownIds::read_day(Day day) {
    if (!is_listed_ || gone_.contains(day)) {
        ASSIGN_OR_RETURN(parts_, log::list_parts(source_));
        is_listed_ = true;
        gone_.clear();
    }
    DayIds ids{.day = day};
    for (const log::PartInfo& part : parts_) {
        if (part.id.day == day) RETURN_IF_ERROR(read_part(part.id, ids.ids));
    }
    if (is_full()) {
        gone_.insert(days_.back().day);
        days_.pop_back();
    }
    days_.push_front(std::move(ids));
    return {};
}

Status KnownIds::read_part(const log::PartId& part, IdTable& ids) const {
    ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source_, part));
    json::EnvelopeReader envelopes;
    while (true) {
        ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
        if (line == nullptr) return {};
        const std::optional<json::Envelope> event = ledger::event_of(*line, envelopes);
        if (event) ids.insert(index::event_key(event->event_id), xxh3_64(line->body));
    }
}

IdTable& KnownIds::ids_of(Day day) {
    const auto known = std::find_if(days_.begin(), days_.end(),
                                    [day](const DayIds& ids) { return ids.day == day; });
    DAYBOOK_CHECK(known != days_.end());
    days_.splice(days_.begin(), days_, known);
    return days_.front().ids;
}

bool KnownIds::has(Day day, Hash128 id) { return ids_of(day).has(id); }

std::optional<std::uint64_t> KnownIds::find(Day day, Hash128 id) { return ids_of(day).find(id); }

std::optional<std::uint64_t> KnownIds::insert(Day day, Hash128 id, std::uint64_t content) {
    return ids_of(day).insert(id, content);
}

}  // namespace daybook::lifecycle
