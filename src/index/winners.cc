#include "index/winners.h"

namespace daybook::index {

CopyReport drop_copies(Batch& batch, const Conflicts& conflicts) {
    CopyReport report;
    std::size_t events = 0;
    for (const Staging& piece : batch.pieces) events += piece.events.size();
    KeyMap seen(events);
    const auto lose = [&](Place place) {
        batch.event(place).counts = false;
        report.conflicting.push_back(place);
    };
    batch.for_each_event([&](Place place) {
        const StagedEvent& event = batch.event(place);
        if (!conflicts.empty()) {
            const auto conflict = conflicts.find(event.id);
            if (conflict != conflicts.end() && conflict->second != event.content) {
                return lose(place);
            }
        }
        const auto [first, is_new] = seen.insert(event.id, place);
        if (is_new) return;
        const std::uint64_t kept = batch.event(*first).content;
        if (kept == event.content) {
            batch.event(place).counts = false;
            ++report.duplicates;
        } else if (kept < event.content) {
            lose(place);
        } else {
            lose(*first);
            *first = place;
        }
    });
    return report;
}

namespace {

void pick_winners_of(Table table, Batch& batch) {
    std::size_t rows = 0;
    for (Staging& piece : batch.pieces) {
        StagedRows& staged = piece.rows(table);
        for (std::size_t i = 0; i < staged.size(); ++i) {
            staged.counts[i] = piece.events[staged.events[i]].counts ? 1 : 0;
        }
        rows += staged.size();
    }
    if (rows == 0) return;
    const bool least = spec(table).winner == Winner::kLeast;
    KeyMap best(rows);
    batch.for_each_row(table, [&](Place place) {
        const Hash128& key = batch.pieces[place.piece].rows(table).keys[place.row];
        const auto [kept, is_new] = best.insert(key, place);
        if (is_new) return;
        const Stamp& a = batch.event_of(table, place).stamp;
        const Stamp& b = batch.event_of(table, *kept).stamp;
        // Equal stamps are rows of one event, such as a repeated tag: the last one counts.
        const bool wins = least ? a <= b : a >= b;
        batch.counts(table, wins ? *kept : place) = 0;
        if (wins) *kept = place;
    });
}

}  // namespace

void pick_winners(Batch& batch) {
    for (const Table table : kTables) {
        if (spec(table).winner != Winner::kMerged) pick_winners_of(table, batch);
    }
}

}  // namespace daybook::index
