// What is wrong in a log that tools wrote which take no lock: a look that changes nothing.
//
// Two such tools at once share one temporary file, so that lines are torn, glued to each other,
// there twice, or left over.  Everything is told by file and offset.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "ledger/verify_finding.h"

namespace daybook::ledger {

// Of each kind that is no problem so many are kept.
inline constexpr std::uint64_t kFindingsKeptMax = 100;

// Kinds of findings; those marked * are problems, unless a repair has dealt with them.
//
//     glued*         whole events on a line with something else: no reader finds them
//     damaged*       a line that holds no whole event
//     empty*         a line without a byte
//     unfinished*    the part ends in the middle of a line
//     no_newline*    the part's last line is whole, but for its newline
//     temporary*     a left-over part-NNNNNN.jsonl.tmp (a problem if an event is only there)
//     unread*        beside the parts or the days, and no name of a log's: a part that is
//     compressed not_an_event*  without event_type, event_id, timestamp_ms or run_id conflicting*
//     an event_id that an earlier line has with other content nonfinite      an event with NaN or
//     infinities, as Python's json writes them: it is read copy           a line that is there
//     already look_alike     an event like one just before it, but for its id and its time
//     wrong_type     a field that is not as the schema of its type says, or is missing
//     unknown_type   an event type that is not registered
//     wrong_day      a line in another day's directory than its time says
//     odd_id         an event_id that is neither a UUID nor `<ms>_<8 hex digits>`
struct SeedLogReport {
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;    // lines that are whole, copies included
    std::uint64_t foreign = 0;   // of them, those of other tools
    std::uint64_t seed_ids = 0;  // of those, with ids as the seed system makes them
    std::uint64_t copies = 0;
    std::uint64_t recoverable = 0;  // events that no line shows and a repair would bring back
    std::map<std::string, std::uint64_t> types{};  // events by type
    std::uint64_t in_use = 0;                      // left-over files that were written a moment ago
    std::uint64_t problems = 0;
    std::vector<VerifyFinding> findings{};  // by part and offset
    // Findings that are no problems and that are not among those, beyond the first
    // kFindingsKeptMax of their kind: how many, by kind.
    std::map<std::string, std::uint64_t> left_out{};
};

// False stops it with kCancelled.
using SeedLogProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

// kNotFound: there is no log; kUnsupported: a ledger of another format.
Result<SeedLogReport> look_at_seed_log(const LedgerDir& dir, TimestampMs now,
                                       const SeedLogProgress& progress = {});

}  // namespace daybook::ledger
