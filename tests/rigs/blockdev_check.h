// What must be true of a log after a power cut, and after writers have gone on with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/layout.h"
#include "rigs/blockdev_writers.h"

namespace daybook::testing {

// What comes after the cut.
enum class Restart {
    kReboot,  // the machine starts again: the parts are older than its boot
    kReplug,  // the disk alone was away: for all the next writer knows, a process has died
};

// Makes the parts look to writers as they do after such a restart.
Status restart(const log::Layout& layout, Restart kind);

struct CrashFindings {
    std::vector<std::string> problems;
    // What may be, and is worth counting.
    std::uint64_t promised = 0;      // events that were acknowledged at `power` before the cut
    std::uint64_t lines = 0;         // whole lines of ours that are there
    std::uint64_t torn = 0;          // parts that end in the middle of a line
    std::uint64_t damaged = 0;       // lines that readers report as damaged
    std::uint64_t gaps = 0;          // parts with whole lines behind missing ones
    std::uint64_t written_over = 0;  // torn tails that were repaired before the cut, and continued
    std::uint64_t repaired = 0;      // torn tails that the writer after the cut has moved to torn/
};

// Looks at the log below `layout` as a cut after `cut` operations of the tape left it, lets two
// writers append to it, one after the other, and looks again.  An error: it could not look.
Result<CrashFindings> check_crash(const log::Layout& layout, const WrittenLog& written,
                                  std::uint32_t cut, Restart restart);

}  // namespace daybook::testing
