#include "ledger/part_walk.h"

#include <algorithm>

namespace daybook::ledger {

PartWalk::PartWalk(const log::PartId& part, RepairFacts& facts)
    : part_(part), facts_(facts), first_gap_(facts.gaps.size()), unfollowed_(facts.ranges.size()) {}

void PartWalk::see(const log::Line& line) {
    end_ = line.end();
    if (line.kind == log::LineKind::kDamaged) {
        see_damage(line);
        return;
    }
    in_range_ = false;
    if (line.kind != log::LineKind::kOurs) return;
    synced_ = std::max(synced_, line.synced);
    if (line.seq <= last_) {
        facts_.disorders.push_back({part_, line.offset, line.seq, last_});
    } else {
        const std::uint64_t skipped = line.seq.value() - last_.value() - 1;
        if (skipped > 0) add_gap(line.offset, skipped);
        last_ = line.seq;
    }
    damaged_ = 0;
    good_end_ = end_;
    for (; unfollowed_ < facts_.ranges.size(); ++unfollowed_) {
        facts_.ranges[unfollowed_].followed = true;
    }
}

void PartWalk::finish() {
    if (synced_ > last_) add_gap(end_, synced_.value() - last_.value());
    for (std::size_t i = first_gap_; i < facts_.gaps.size(); ++i) facts_.gaps[i].synced = synced_;
}

void PartWalk::see_damage(const log::Line& line) {
    ++damaged_;
    const std::uint64_t bytes = line.length + 1;
    if (in_range_) {
        facts_.ranges.back().bytes += bytes;
        ++facts_.ranges.back().lines;
        return;
    }
    in_range_ = true;
    facts_.ranges.push_back({.part = part_,
                             .offset = line.offset,
                             .bytes = bytes,
                             .lines = 1,
                             .reason = to_string(line.damage)});
}

void PartWalk::add_gap(ByteOffset offset, std::uint64_t lines) {
    facts_.gaps.push_back({.part = part_,
                           .begin = good_end_,
                           .offset = offset,
                           .first = last_ + 1,
                           .lines = lines,
                           .damaged = damaged_});
}

}  // namespace daybook::ledger
