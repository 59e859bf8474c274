#include "ledger/json_batch.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "event/event_id.h"
#include "event/run_end.h"
#include "json/number.h"

namespace daybook::ledger {

void JsonBatch::clear() {
    text_.clear();
    entries_.clear();
    holes_.clear();
    durability_ = Durability::kProcess;
}

Status JsonBatch::add(std::string_view json, TimestampMs now, TypeRegistry& types) {
    ASSIGN_OR_RETURN(const schema::CheckedEvent event, check(json, now, types));
    Entry entry{.begin = text_.size(),
                .id_bytes = event::kEventIdChars,
                .timestamp = event.timestamp,
                .ends_run = event::ends_run(event.type)};
    Hole hole{.draft = schema::append_draft(event, text_)};
    // The time first: it stands behind the id, whose length may change.
    if (event.timestamp) {
        char digits[json::kIntegerCharsMax];
        const char* const end =
            std::to_chars(digits, digits + sizeof digits, event.timestamp->value()).ptr;
        text_.replace(entry.begin + hole.draft.timestamp_at, json::kTimestampHole.size(), digits,
                      static_cast<std::size_t>(end - digits));
        hole.time_given = true;
    }
    if (event.event_id) {
        text_.replace(entry.begin + hole.draft.event_id_at, event::kEventIdChars, *event.event_id);
        hole.draft.timestamp_at += event.event_id->size() - event::kEventIdChars;
        hole.id_given = true;
        entry.id_bytes = event.event_id->size();
    }
    entry.bytes = text_.size() - entry.begin;
    entries_.push_back(entry);
    holes_.push_back(hole);
    durability_ = std::max(durability_, event.durability);
    return {};
}

Result<schema::CheckedEvent> JsonBatch::check(std::string_view json, TimestampMs now,
                                              TypeRegistry& types) {
    for (bool refreshed = false;; refreshed = true) {
        ASSIGN_OR_RETURN(std::shared_ptr<const schema::Registry> registry, types.get());
        if (registry != registry_) {
            registry_ = std::move(registry);
            scratch_.emplace();
        }
        Result<schema::CheckedEvent> event = registry_->check(json, now, *scratch_);
        if (event || refreshed) return event;
        // Somebody may have registered the type, or a wider version of it, since the last look.
        ASSIGN_OR_RETURN(const bool changed, types.refresh());
        if (!changed) return event;
    }
}

std::vector<log::Draft>& JsonBatch::drafts() {
    drafts_.clear();
    for (const Entry& entry : entries_) {
        drafts_.push_back({.text = {text_.data() + entry.begin, entry.bytes},
                           .timestamp = entry.timestamp,
                           .may_use_reserve = entry.ends_run});
    }
    return drafts_;
}

void JsonBatch::retain(const std::vector<bool>& keep) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!keep[i]) continue;
        entries_[kept] = entries_[i];
        holes_[kept] = holes_[i];
        ++kept;
    }
    entries_.resize(kept);
    holes_.resize(kept);
}

std::string_view JsonBatch::text(std::size_t index) const {
    return std::string_view(text_).substr(entries_[index].begin, entries_[index].bytes);
}

std::string JsonBatch::event_id(std::size_t index) const {
    const Entry& entry = entries_[index];
    return text_.substr(entry.begin + holes_[index].draft.event_id_at, entry.id_bytes);
}

}  // namespace daybook::ledger
