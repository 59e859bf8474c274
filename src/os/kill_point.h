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
#define DAYBOOK_KILL_POINT_LIST(X)                         \
    X(kLaneDayMade, "lane.day_made")                       \
    X(kLaneOpened, "lane.opened")                          \
    X(kLaneLocked, "lane.locked")                          \
    X(kLaneLookedAgain, "lane.looked_again")               \
    X(kLaneEvidenceSaved, "lane.evidence_saved")           \
    X(kLaneTailCut, "lane.tail_cut")                       \
    X(kLaneTaken, "lane.taken")                            \
    X(kLaneWritten, "lane.written")                        \
    X(kLaneFragmentCut, "lane.fragment_cut")               \
    X(kLaneMarkedBad, "lane.marked_bad")                   \
    X(kWriterBeforeWrite, "writer.before_write")           \
    X(kWriterNextPrepared, "writer.next_prepared")         \
    X(kWriterRotated, "writer.rotated")                    \
    X(kWriterDataSynced, "writer.data_synced")             \
    X(kWriterNamesSynced, "writer.names_synced")           \
    X(kWriterSyncFailed, "writer.sync_failed")             \
    X(kWriterRewritten, "writer.rewritten")                \
    X(kWriterRewriteSynced, "writer.rewrite_synced")       \
    X(kRepairSaved, "repair.evidence_saved")               \
    X(kRepairAppended, "repair.appended")                  \
    X(kRepairRecorded, "repair.recorded")                  \
    X(kRepairMoved, "repair.file_moved")                   \
    X(kReserveMade, "reserve.made")                        \
    X(kReserveGivenUp, "reserve.given_up")                 \
    X(kSealerLockTaken, "sealer.lock_taken")               \
    X(kSealerPartHeld, "sealer.part_held")                 \
    X(kSealerTailCut, "sealer.tail_cut")                   \
    X(kSealerPartRead, "sealer.part_read")                 \
    X(kSealerPartSynced, "sealer.part_synced")             \
    X(kSealerModeSet, "sealer.mode_set")                   \
    X(kSealerSealWritten, "sealer.seal_written")           \
    X(kSealerSealRenamed, "sealer.seal_renamed")           \
    X(kSealerDaySynced, "sealer.day_synced")               \
    X(kSealerHeadWritten, "sealer.head_written")           \
    X(kSealerHeadRenamed, "sealer.head_renamed")           \
    X(kSealerDone, "sealer.done")                          \
    X(kPublisherCopied, "publisher.copied")                \
    X(kPublisherModeSet, "publisher.mode_set")             \
    X(kPublisherDataSynced, "publisher.data_synced")       \
    X(kPublisherNamed, "publisher.named")                  \
    X(kPublisherWalMoved, "publisher.wal_moved")           \
    X(kPublisherLinked, "publisher.linked")                \
    X(kPublisherRenamed, "publisher.renamed")              \
    X(kPublisherDirSynced, "publisher.dir_synced")         \
    X(kPublisherOldRemoved, "publisher.old_removed")       \
    X(kLegacyCopied, "legacy.copied")                      \
    X(kLegacyWalReplayed, "legacy.wal_replayed")           \
    X(kLegacyCopyNamed, "legacy.copy_named")               \
    X(kLegacyImported, "legacy.imported")                  \
    X(kLegacyIndexed, "legacy.indexed")                    \
    X(kLegacyStateWritten, "legacy.state_written")         \
    X(kLegacyOldRemoved, "legacy.old_removed")             \
    X(kArchiveFileWritten, "archive.file_written")         \
    X(kArchiveReadBack, "archive.read_back")               \
    X(kArchiveFileNamed, "archive.file_named")             \
    X(kArchiveManifestWritten, "archive.manifest_written") \
    X(kArchivePartMoved, "archive.part_moved")             \
    X(kArchiveDayDone, "archive.day_done")                 \
    X(kTrashEntryRemoved, "trash.entry_removed")           \
    X(kRetainJournalWritten, "retain.journal_written")     \
    X(kRetainEventAppended, "retain.event_appended")       \
    X(kRetainFileWritten, "retain.file_written")           \
    X(kRetainFileNamed, "retain.file_named")               \
    X(kRetainManifestWritten, "retain.manifest_written")   \
    X(kRetainFileMoved, "retain.file_moved")               \
    X(kRetainDayDone, "retain.day_done")                   \
    X(kRetainForgotten, "retain.forgotten")                \
    X(kRetainJournalRemoved, "retain.journal_removed")     \
    X(kObjectWritten, "object.written")                    \
    X(kObjectNamed, "object.named")                        \
    X(kGcMoved, "gc.moved")                                \
    X(kGcDone, "gc.done")                                  \
    X(kImportUnpacked, "import.unpacked")                  \
    X(kImportArtifactPlaced, "import.artifact_placed")     \
    X(kImportAppended, "import.appended")                  \
    X(kImportRecorded, "import.recorded")                  \
    X(kBackupFileCopied, "backup.file_copied")             \
    X(kBackupListed, "backup.listed")                      \
    X(kBackupDone, "backup.done")                          \
    X(kRestoreFileCopied, "restore.file_copied")           \
    X(kRestoreChecked, "restore.checked")                  \
    X(kRestoreNamed, "restore.named")

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
