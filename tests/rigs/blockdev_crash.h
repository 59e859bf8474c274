// What a power cut can leave on a device, out of what it was asked to do.
//
// The device had completed the first `cut` operations of the tape.  What was written before the
// last flush among them is there; of every later write the device may have kept all, nothing, or
// some of it, whatever the order: sectors of 512 bytes of files, and blocks of 4 KiB of the file
// system's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "support/tape.h"

namespace daybook::testing {

enum class Survival {
    kAll,          // every write up to the cut
    kNone,         // nothing since the last flush
    kSomeWrites,   // each write or not
    kLaterWrites,  // not the first ones, but those after them: as if reordered
    kTornLast,     // all, but of the last one only its beginning, or only its end
    kSomeSectors,  // each sector, or block, or not
};
inline constexpr int kSurvivals = 6;
const char* to_string(Survival survival);

struct CrashPlan {
    std::uint32_t cut = 0;      // so many operations were completed
    std::uint32_t durable = 0;  // so many of them, from the front, are certainly there
    Survival survival = Survival::kNone;
    std::uint64_t seed = 0;  // of what survives
};

// The plan for a cut after `cut` operations of the tape.
CrashPlan plan_crash(const Tape& tape, std::uint32_t cut, RandomSource& random);

// Bytes that survive, and where.  They borrow the tape's.
struct Piece {
    std::uint64_t offset = 0;
    std::string_view bytes;
    bool operator==(const Piece&) const = default;
};
// What survives of the writes from plan.durable to plan.cut, in the order of the tape.
std::vector<Piece> surviving_pieces(const Tape& tape, const CrashPlan& plan);

// Makes `image` what the device holds after the crash: a copy of `base`, the image that the
// recording began with, with the writes that are there.
Status make_crash_image(const std::string& base, const std::string& image, const Tape& tape,
                        const CrashPlan& plan);

}  // namespace daybook::testing
