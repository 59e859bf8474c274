// Sealing: what can no longer grow gets its seal, and the head of the chain moves on to it.
//
//     _seal.lock ─▶ the part's lock, and look again ─▶ cut a torn tail ─▶ read ─▶ sync ─▶ 0444
//        ─▶ seal: temporary file, sync, rename, sync of the day ─▶ head: the same, sync of events/
//
// A crash anywhere leaves the part unsealed or sealed, never half; the next sealer goes on from
// there.  Writers wait for nothing: a part that somebody holds is left alone.
//
// The steps are docs/formats/seal.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "ledger/seal.h"
#include "log/scan.h"
#include "log/sharing.h"

namespace daybook::ledger {

// Those of `parts`, a listing of the log, that are not sealed and may be, as far as size and day
// say: they are full, or their day ended more than an hour ago.  Where other tools write as well,
// they must have been quiet for log::kQuietMs, since those tools look at the size first and write
// then; and the greatest of each day stays open until it is full: a tool that brings an event of
// that day appends to it, however long ago that day was.
std::vector<log::PartInfo> parts_to_seal(const std::vector<log::PartInfo>& parts, TimestampMs now,
                                         log::Sharing sharing = log::Sharing::kAlone);

struct SealOptions {
    std::optional<Day> day{};           // only parts of this day
    std::optional<log::PartId> part{};  // only this part; an error if it may not be sealed
    bool dry_run = false;               // says what would be done; changes nothing, takes no lock
    int wait_ms = 30'000;               // for another sealer
    const Clock* clock = &system_clock();
};

enum class SealState {
    kSealed,
    kDue,       // dry run: it would be
    kInUse,     // a writer holds it
    kNotOpened  // it cannot be opened for writing; `detail` says why
};
const char* to_string(SealState state);

struct SealOutcome {
    log::PartId part;
    SealState state = SealState::kSealed;
    PartFacts facts{};     // but for `bytes`: only if it was sealed
    std::string sha256{};  // only if it was sealed
    std::string detail{};
};

struct SealReport {
    std::vector<SealOutcome> parts{};  // those that are due, by part
    bool head_mended = false;          // an earlier sealer had died before it could move the head
};

// Called now and then with the bytes sealed and the bytes to seal.
using SealProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// kNotFound: no ledger, or no such part; kBusy: another sealer is at work; kCorrupt: head and seals
// disagree, and nothing was touched.  An error in the middle leaves what was sealed before it.
Result<SealReport> seal_parts(const LedgerDir& dir, const SealOptions& options,
                              const SealProgress& progress = {});

}  // namespace daybook::ledger
