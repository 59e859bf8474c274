// Whether tools that know nothing of lanes append to this log as well.
//
//     events/_shared       they do: nobody cuts a part, numbers are left free for them
//     events/_was_shared   they did: numbers that were left free are no gaps
//
// Such tools (the seed system's scripts, a shell's `>>`) take no lock, append to the part with the
// greatest number, and begin one by renaming a file onto its name.  What follows from that is
// docs/formats/part.md, "Other tools".
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/strong.h"
#include "log/layout.h"

namespace daybook::log {

enum class Sharing {
    kAlone,   // only lanes write: what no lane holds nobody is in the middle of
    kShared,  // at any moment, and at any part's end, another tool may write
};

// Where they do, what has not been written to for this long nobody is in the middle of writing to.
inline constexpr std::int64_t kQuietMs = 60'000;
// A writer that is about to write to a part looks whether they do unless it has looked this
// recently.
inline constexpr std::int64_t kSharingLookMs = 30'000;

// As the log says now.  An error is not taken for an answer.
Result<Sharing> sharing_of(const Layout& layout);
// Whether it is, or has ever been, shared.
Result<bool> was_ever_shared(const Layout& layout);

// From now on other tools write, too.  Writers that are open take note within kSharingLookMs.
// True if that is new.
Result<bool> begin_sharing(const Layout& layout, TimestampMs now);
// They do so no more.  True if that is new.
Result<bool> end_sharing(const Layout& layout);

// Whether another tool writes to this log as far as its newest parts show: one of them has a line
// of another tool's in its first or its last 64 KiB.  A part that cannot be read shows nothing.
Result<bool> has_foreign_lines(const Layout& layout);

}  // namespace daybook::log
