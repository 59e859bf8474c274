#include "index/row_history.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "index/event_key.h"
#include "json/document.h"

namespace daybook::index {
namespace {

bool is_won_whole(const TableSpec& table) { return table.winner != Winner::kMerged; }

bool holds(std::string_view line, std::string_view text) {
    return line.find(text) != std::string_view::npos;
}

LifeClaim claim_of(const LifeEvent& life) {
    LifeClaim claim{.kind = life.kind, .attempt = life.attempt};
    if (!life.failed_phase.is_null()) claim.failed_phase = std::string(life.failed_phase.as_text());
    return claim;
}

}  // namespace

RowHistory::RowHistory(RowKey key, const Upcaster* upcaster)
    : key_(std::move(key)), spec_(spec(key_.table)), decoder_(upcaster) {
    const std::vector<Column> columns = key_columns(key_.table);
    // Names and phases may be the ends of dotted paths or come from an upcaster; runs and events
    // are in the line as they are.
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const bool is_id = columns[i].name == "run_id" || columns[i].name == "event_id";
        if (is_id) texts_.push_back(key_.values[i]);
    }
}

// A line with an escape may spell a text in another way, so that it has to be read.
bool RowHistory::may_matter(std::string_view line) const {
    const bool holds_all = std::all_of(texts_.begin(), texts_.end(),
                                       [&](const std::string& text) { return holds(line, text); });
    return holds_all || holds(line, "\\");
}

void RowHistory::decode(const log::Line& line) {
    copy_.assign(line.text);
    copy_.append(json::kPadding, ' ');
    log::Line padded =
        log::judge_line(std::string_view(copy_).substr(0, line.text.size()), line.offset);
    // The reader has judged the line as it stands in the part.
    padded.kind = line.kind;
    padded.damage = line.damage;
    staging_ = Staging();
    decoder_.decode(padded, 0, staging_);
}

bool RowHistory::is_key(std::span<const Cell> cells, std::string_view event_id) const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (spec_.columns[i].role != Role::kKey) continue;
        const std::string& wanted = key_.values[at++];
        if (cells[i].kind() == Cell::Kind::kText && cells[i].as_text() != wanted) return false;
        if (cells[i].kind() == Cell::Kind::kInt && std::to_string(cells[i].as_int()) != wanted) {
            return false;
        }
        if (cells[i].is_null() && event_id != wanted) return false;
    }
    return true;
}

bool RowHistory::claims(RowEvent& event) const {
    const StagedEvent& staged = staging_.events.front();
    if (is_won_whole(spec_)) {
        for (std::size_t i = 0; i < staging_.rows(key_.table).size(); ++i) {
            event.makes_row =
                event.makes_row || is_key(staging_.row(key_.table, i), staged.stamp.event_id);
        }
        return event.makes_row;
    }
    if (staged.run_id != key_.value_of("run_id") || !staged.makes_run) return false;
    event.is_active = staged.is_active;
    if (!staging_.life.empty()) event.life = claim_of(staging_.life.front());
    if (key_.table == Table::kStatus) return true;
    // An open phase is called after its run's end.
    if (staging_.phases.empty()) return event.life.has_value();
    const PhaseEvent& phase = staging_.phases.front();
    event.phase = {phase.kind, phase.phase_order, !phase.extra.is_null()};
    return phase.phase_name == key_.value_of("phase_name") &&
           std::to_string(phase.iteration) == key_.value_of("iteration");
}

void RowHistory::add(const log::Line& line, const std::string& part) {
    if (!may_matter(line.text)) return;
    decode(line);
    if (staging_.events.empty()) {
        const bool names_row = std::all_of(key_.values.begin(), key_.values.end(),
                                           [&](auto& text) { return holds(line.text, text); });
        const std::string_view reason =
            staging_.damage.empty() ? "no_event" : staging_.damage.front().reason;
        if (names_row) damage_.push_back({part, line.offset, std::string(reason)});
        return;
    }
    const StagedEvent& staged = staging_.events.front();
    RowEvent event{.part = part,
                   .offset = line.offset,
                   .event_type = {},
                   .event_id = std::string(staged.stamp.event_id),
                   .timestamp_ms = staged.stamp.timestamp_ms,
                   .id = staged.id,
                   .content = staged.content};
    if (!claims(event)) return;
    if (const auto envelope =
            envelopes_.read(std::string_view(copy_).substr(0, line.text.size()))) {
        event.event_type = std::string(envelope->event_type);
    }
    rivals_.emplace(event.id, Rival());
    events_.push_back(std::move(event));
}

void RowHistory::add_rival(const log::Line& line, const std::string& part) {
    if (line.kind == log::LineKind::kDamaged || rivals_.empty()) return;
    copy_.assign(line.text);
    copy_.append(json::kPadding, ' ');
    const auto envelope = envelopes_.read(std::string_view(copy_).substr(0, line.text.size()));
    if (!envelope) return;
    const auto found = rivals_.find(event_key(envelope->event_id));
    if (found == rivals_.end()) return;
    decode(line);
    if (staging_.events.empty()) return;
    Rival& rival = found->second;
    const std::uint64_t content = staging_.events.front().content;
    if (rival.seen && content >= rival.content) return;
    rival = {.seen = true, .content = content, .part = part, .offset = line.offset};
}

std::vector<RowEvent> RowHistory::take_events() {
    for (RowEvent& event : events_) {
        const Rival& rival = rivals_.at(event.id);
        if (!rival.seen || (rival.part == event.part && rival.offset == event.offset)) continue;
        const std::string place = fmt::format("{}:{}", rival.part, rival.offset.value());
        event.out = event.content == rival.content
                        ? "a copy of " + place
                        : place + " has the same event_id and another content, whose hash is less";
    }
    return std::move(events_);
}

}  // namespace daybook::index
