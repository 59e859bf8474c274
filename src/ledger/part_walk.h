// Following the lines of one part: where its damage is, and which numbers have no good line.
//
// The audit (log/audit.h) says what is wrong; this says what a repair has to deal with: damaged
// lines that follow each other are one range, and no missing number is left unmentioned because a
// damaged line stands in its place.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ledger/repair_look.h"
#include "log/layout.h"
#include "log/line.h"

namespace daybook::ledger {

class PartWalk {
public:
    // Adds to `facts`, which must outlive this.
    PartWalk(const log::PartId& part, RepairFacts& facts);

    // The lines of the part, one after the other.
    void see(const log::Line& line);
    // After the last one.
    void finish();

private:
    void see_damage(const log::Line& line);
    void add_gap(ByteOffset offset, std::uint64_t lines);

    log::PartId part_;
    RepairFacts& facts_;
    std::size_t first_gap_;
    std::size_t unfollowed_;  // the first range without a good line of ours after it
    bool in_range_ = false;
    std::uint64_t damaged_ = 0;  // lines since the last good one of ours
    log::Seq last_;
    log::Seq synced_;
    ByteOffset end_;
    ByteOffset good_end_;  // of the last good line of ours
};

}  // namespace daybook::ledger
