// Finding whole records inside damaged bytes: one that another tool glued to a fragment, one with
// NULs before or garbage behind it, or several in a row whose newlines have gone.
//
//     {"event_type":"run.sta{"event_type":"run.started",…,"seq":7,"checksum":"8c1f0e2d3b4a5968"}
//                           '------------------------- a record -------------------------------'
//
// A record is what judge_line() calls ours: its trailer is whole and its checksum holds.  So what
// is found here is what a writer wrote, whatever lies around it.
#pragma once

#include <string_view>
#include <vector>

#include "base/strong.h"
#include "log/line.h"

namespace daybook::log {

// For one trailer so many beginnings are tried, the nearest first: a bound, because each try hashes
// the bytes between.  A record is missed only if more than that many openings lie inside it.
inline constexpr int kRecordOpeningsMax = 32;

// The records in `bytes`, which begin at `base` in their file, in order and without overlap.  Each
// begins with `opening`, such as `{"event_type":"`, and none reaches over a newline.  They borrow
// `bytes`.
std::vector<Line> find_records(std::string_view bytes, ByteOffset base, std::string_view opening);

}  // namespace daybook::log
