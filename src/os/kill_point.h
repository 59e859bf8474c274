// Named places where a test ends or stops the process, as `kill -9` and SIGSTOP would.
//
//     DAYBOOK_KILL_AT=lane.written      SIGKILL at the first passage
//     DAYBOOK_KILL_AT=lane.written:3    at the third
//     DAYBOOK_STOP_AT=lane.locked       SIGSTOP, once; SIGCONT lets the process go on
//
// Test builds have them (CMake option DAYBOOK_KILL_POINTS, on in all presets but release);
// elsewhere a kill point is nothing at all.  The rigs visit every one in this list.
#pragma once

#include <span>
#include <string_view>

// The places, by what has just happened there: identifier, name.
#define DAYBOOK_KILL_POINT_LIST(X)                   \
    X(kLaneDayMade, "lane.day_made")                 \
    X(kLaneOpened, "lane.opened")                    \
    X(kLaneLocked, "lane.locked")                    \
    X(kLaneLookedAgain, "lane.looked_again")         \
    X(kLaneEvidenceSaved, "lane.evidence_saved")     \
    X(kLaneTailCut, "lane.tail_cut")                 \
    X(kLaneTaken, "lane.taken")                      \
    X(kLaneWritten, "lane.written")                  \
    X(kLaneFragmentCut, "lane.fragment_cut")         \
    X(kLaneMarkedBad, "lane.marked_bad")             \
    X(kWriterBeforeWrite, "writer.before_write")     \
    X(kWriterNextPrepared, "writer.next_prepared")   \
    X(kWriterRotated, "writer.rotated")              \
    X(kWriterDataSynced, "writer.data_synced")       \
    X(kWriterNamesSynced, "writer.names_synced")     \
    X(kWriterSyncFailed, "writer.sync_failed")       \
    X(kWriterRewritten, "writer.rewritten")          \
    X(kWriterRewriteSynced, "writer.rewrite_synced") \
    X(kRepairSaved, "repair.evidence_saved")         \
    X(kRepairAppended, "repair.appended")            \
    X(kRepairRecorded, "repair.recorded")            \
    X(kRepairMoved, "repair.file_moved")             \
    X(kReserveMade, "reserve.made")                  \
    X(kReserveGivenUp, "reserve.given_up")

namespace daybook::os {

enum class KillPoint {
#define DAYBOOK_KILL_POINT_ENUMERATOR(identifier, name) identifier,
    DAYBOOK_KILL_POINT_LIST(DAYBOOK_KILL_POINT_ENUMERATOR)
#undef DAYBOOK_KILL_POINT_ENUMERATOR
};

std::string_view to_string(KillPoint point);
std::span<const KillPoint> all_kill_points();

#ifdef DAYBOOK_KILL_POINTS
inline constexpr bool kHasKillPoints = true;
// Thread-safe.  Reads the environment at the first passage of the process.
void kill_point(KillPoint point);
// Reads it again: for a child that a test has forked.
void rearm_kill_points();
#else
inline constexpr bool kHasKillPoints = false;
inline void kill_point(KillPoint) {}
inline void rearm_kill_points() {}
#endif

}  // namespace daybook::os
