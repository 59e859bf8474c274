#include "index/winners.h"

#include "index/key_map.h"

namespace daybook::index {

namespace {

// How far ahead slots are brought near: a miss takes as long as a dozen insertions.
constexpr std::size_t kAhead = 16;

// Calls `visit(Place)` for all rows of the pieces, having prefetched the keys of those to come.
template <typename Count, typename KeyAt, typename Visit>
void visit_ahead(const Batch& batch, const KeyMap& map, const Count& count, const KeyAt& key_at,
                 const Visit& visit) {
    for (std::uint32_t p = 0; p < batch.pieces.size(); ++p) {
        const auto rows = static_cast<std::uint32_t>(count(batch.pieces[p]));
        for (std::uint32_t i = 0; i < rows; ++i) {
            if (i + kAhead < rows) {
                map.prefetch(key_at({p, i + static_cast<std::uint32_t>(kAhead)}));
            }
            visit(Place{p, i});
        }
    }
}

}  // namespace

CopyReport drop_copies(Batch& batch, const Conflicts& conflicts) {
    CopyReport report;
    std::size_t events = 0;
    for (const Staging& piece : batch.pieces) events += piece.events.size();
    KeyMap seen(events);
    const auto lose = [&](Place place) {
        batch.event(place).counts = false;
        report.conflicting.push_back(place);
    };
    const auto id_at = [&](Place place) -> const Hash128& { return batch.event(place).id; };
    const auto count = [](const Staging& piece) { return piece.events.size(); };
    visit_ahead(batch, seen, count, id_at, [&](Place place) {
        const StagedEvent& event = batch.event(place);
        if (!event.counts) return;
        if (!conflicts.empty()) {
            const auto conflict = conflicts.find(event.id);
            if (conflict != conflicts.end() && conflict->second < event.content) {
                return lose(place);
            }
        }
        const auto [first, is_new] = seen.insert(event.id, place, id_at);
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
    const auto key_at = [&](Place place) -> const Hash128& {
        return batch.pieces[place.piece].rows(table).keys[place.row];
    };
    const auto count = [&](const Staging& piece) { return piece.rows(table).size(); };
    visit_ahead(batch, best, count, key_at, [&](Place place) {
        if (batch.counts(table, place) == 0) return;
        const auto [kept, is_new] = best.insert(key_at(place), place, key_at);
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
