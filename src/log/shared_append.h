// Appending to a part that other tools append to as well, who take no lock.
//
// What they do between two of our writes is only seen afterwards:
//
//     …ours\n{"theirs":1}\n|ours\n          a whole line of theirs between: nothing to do
//     …ours\n{"theirs":{"a|ours\n           ours is glued to a line that they had not finished: it
//                                           is written again, behind, with the next number
//     …ours\n|our|{"theirs":1}\nrs\n        cannot come: what is left of a short write is never
//                                           completed; the fragment gets a newline of its own, and
//                                           the line is written again
//
// Nothing is ever cut off: between a look at the size and a cut they may have written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "log/line.h"

namespace daybook::log {

// A part to append to, under its lock.
struct SharedPart {
    int fd;  // opened with O_APPEND
    const std::string& path;
    ByteOffset clean;  // a place where a line ends, or 0: what comes behind it is not known
};

struct SharedAppend {
    std::size_t bytes = 0;          // of the lines that were given: so many are read as lines now
    std::string again{};            // lines written again behind them
    std::uint64_t again_count = 0;  // how many those are
    std::optional<Error> error{};   // why not all
    bool broken = false;            // the part ends in doubt: give the lane up
    ByteOffset clean{};             // as in SharedPart, for the next call
};

// Appends `lines`, whole ones, numbered from `first` on.  Those that have to be written again get
// the numbers behind, and say `synced`, unless that is Seq(0).
SharedAppend append_shared(const SharedPart& part, std::string_view lines, Seq first, Seq synced);

}  // namespace daybook::log
