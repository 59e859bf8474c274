// One line of a part: its trailer, and the verdict on it.
//
//     {"event_type":"run.started",…,"run_id":"r1","seq":2,"synced":1,"checksum":"8c1f0e2d3b4a5968"}
//     '----------------- body ------------------''------------------- trailer --------------------'
//
// The checksum is XXH3-64, unseeded, of every byte of the line before `,"checksum":`.  The format
// is docs/formats/event-line.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace daybook::log {

// A line's number within its part: 1, 2, 3…  0 stands for "none".
using Seq = Strong<std::uint64_t, struct SeqTag>;

enum class LineKind {
    kOurs,     // Daybook wrote it and the checksum holds.
    kForeign,  // Another tool's: a JSON object with neither `seq` nor `checksum`.  Unverified.
    kDamaged,  // What was written is not what is here.
};

enum class Damage {
    kNone,
    kEmpty,        // a line without a byte
    kControlByte,  // NUL or another byte that JSON text never holds
    kNoObject,     // neither a trailer nor a whole JSON object
    kBadTrailer,   // `seq` or `checksum` is there, but no trailer as Daybook writes it
    kBadChecksum,  // the trailer is whole, the checksum does not hold
    kTooLong,      // longer than kLineBytesMax
};

// The reason's stable name, such as "bad_checksum".
const char* to_string(Damage damage);

// A line and what is known about it.  `text` and `body` borrow the bytes that were looked at.
struct Line {
    ByteOffset offset;  // of its first byte in the part
    // Without the newline; of a line that is too long, its first kLineBytesMax bytes.
    std::string_view text;
    std::uint64_t length = 0;  // bytes in the part, without the newline
    LineKind kind = LineKind::kDamaged;
    Damage damage = Damage::kNone;
    // The bytes that make the event: without the trailer, and without the closing brace, so that a
    // copy written by another tool has the same body.  Empty for damage.
    std::string_view body{};
    Seq seq{};                   // kOurs only
    Seq synced{};                // kOurs only, and only where the line has it
    std::uint64_t checksum = 0;  // the trailer's (kOurs), else XXH3-64 of `text`

    // Where the next line begins.
    ByteOffset end() const { return offset + (length + 1); }
};

// The verdict on `text`, a line without its newline, found at `offset`.
Line judge_line(std::string_view text, ByteOffset offset);

// Appends the trailer and the newline to the line at the end of `buffer`, which begins at `begin`
// and holds a JSON object without its closing brace.  `synced` is written unless it is Seq(0).
void append_trailer(std::string& buffer, std::size_t begin, Seq seq, Seq synced);

// An upper bound of what append_trailer() appends.
inline constexpr std::size_t kTrailerBytesMax =
    (sizeof(",\"seq\":") - 1) + 20 + (sizeof(",\"synced\":") - 1) + 20 + 31 + 1;

}  // namespace daybook::log
