// Every limit of the formats and of the library, in one place.  Input is checked against them at
// the edge, with an error that names the limit, the value found and the field.
#pragma once

#include <cstddef>
#include <cstdint>

namespace daybook {

// A line of the log, its trailer and its newline included.
inline constexpr std::size_t kLineBytesMax = std::size_t{16} << 20;
// A part that has reached this size is full: its lane is given up and the next part begun.
inline constexpr std::uint64_t kPartBytesMax = std::uint64_t{100} << 20;
// How deep objects and arrays of an event may nest; the event itself is level 1.
inline constexpr std::size_t kNestingMax = 64;
// run_id and names (run_type, trial_id, phase_name, …): bytes of UTF-8.
inline constexpr std::size_t kNameBytesMax = 256;
// Paths (artifact_path, …): bytes of UTF-8, as long as the operating system allows.
inline constexpr std::size_t kPathBytesMax = 4096;
// How far an event's timestamp may lie ahead of the clock.
inline constexpr std::int64_t kTimestampAheadMsMax = std::int64_t{24} * 60 * 60 * 1000;
// A tail without a whole line in its last bytes is not continued; a new part is begun.
inline constexpr std::size_t kTailBytesMax = std::size_t{64} << 10;
// Lanes that one writer keeps open at once, each for another day.
inline constexpr std::size_t kLanesMax = 8;
// How far the clock may go back before the step is accepted instead of hidden.
inline constexpr std::int64_t kClockClampMsMax = 10'000;
// Durability `buffered`: what may wait in memory, and for how long.
inline constexpr std::size_t kBufferedBytesMax = std::size_t{64} << 10;
inline constexpr std::int64_t kBufferedDelayMsMax = 50;
// Durability `process`: the longest time until the background fdatasync.
inline constexpr std::int64_t kBackgroundSyncMsMax = 1'000;
// What a writer keeps of lines that no sync has covered, to write them again if one fails.
inline constexpr std::size_t kUnsyncedBytesMax = std::size_t{32} << 20;
// A part that has reached this size gets its successor prepared.
inline constexpr std::uint64_t kPartBytesPrepareNext = kPartBytesMax / 4 * 3;
// Room that is kept for the last words of runs on a full disk.
inline constexpr std::uint64_t kReserveBytes = std::uint64_t{64} << 10;
// A lane is given up this long after its day has ended, or after its last event.
inline constexpr std::int64_t kLaneDayTurnMs = 60'000;
inline constexpr std::int64_t kLaneIdleMs = 600'000;
// A part that is not full may be sealed when its day has been over for this long.
inline constexpr std::int64_t kSealAfterDayMs = 3'600'000;

}  // namespace daybook
