/*
 * A builder: brings the working database up to date, closes it, copies it, and renames a link to
 * the copy onto the snapshot.  It may die at any step, alone or because the power fails.
 */

#define BUILDER_DIES \
    atomic { true -> die(); goto gone } \
    :: atomic { cuts < CUTS -> cut_power(); die(); goto gone }

/* DuckDB mends what a crash leaves of an open database, or says that it cannot. */
inline die() {
    if
    :: is_open -> work = half
    :: true
    fi;
    is_open = false
}

/* Names that were not synced stay or go; bytes that were not synced are gone. */
inline cut_power() {
    cuts++;
    snapshot_tmp = 0;
    if
    :: snapshot = snapshot_on_disk
    :: snapshot_on_disk = snapshot
    fi;
    i = 1;
    do
    :: i < GENERATIONS && HAS(unsynced_names, i) -> generation[i] = 0; i++
    :: i < GENERATIONS -> i++
    :: i == GENERATIONS -> break
    od;
    unsynced_names = 0;
    d_step {
        for (i : 1 .. FILES - 1) {
            if
            :: !synced[i] -> whole[i] = false
            :: else
            fi
        }
        i = 0
    };
    is_complete(snapshot);
    assert(rows[snapshot] >= promised)
}

/* The directory is synced: the names in it are what a power cut brings back. */
inline sync_names() {
    snapshot_on_disk = snapshot;
    unsynced_names = 0
}

inline restore_work() {
    d_step {
        find_newest();
        work = sound;
        work_rows = rows[generation[newest]];
        work_cursor = cursor[generation[newest]];
        work_number = number[generation[newest]];
        work_published = true;
        work_in_wal = false
    }
}

proctype Builder() {
    byte began;  /* events in the log at its start */
    byte copy, new_rows;
    bool is_open, is_new;

    /* The one lock that is waited for; the wait may run out, too. */
#ifndef BUG_TWO_BUILDERS
    if
    :: atomic { writer_lock == 0 -> writer_lock = _pid + 1 }
    :: atomic { writer_lock != 0 -> goto out }
    fi;
#endif

    began = log;
    if
    :: work == sound
    :: else ->
        if
        :: BUILDER_DIES
        :: atomic {
            skip;  /* into work/restore.tmp, which nobody opens */
#ifdef BUG_RESTORED_IN_PLACE
            restore_work();
            work_rows = 0  /* Half a copy may open as a database. */
#endif
        }
        fi;
        if
        :: BUILDER_DIES
        :: atomic { restore_work() }
        fi
    fi;
    is_open = true;

    if
    :: work_cursor < log ->
#ifdef BUG_CURSOR_FIRST
        if
        :: BUILDER_DIES
        :: atomic { work_in_wal = true; new_rows = log - work_cursor; work_cursor = log }
        fi;
        if
        :: BUILDER_DIES
        :: atomic { work_rows = work_rows + new_rows; work_published = false }
        fi
#else
        if
        :: BUILDER_DIES
        :: atomic {
            work_in_wal = true;
            work_rows = work_rows + (log - work_cursor);
            work_cursor = log;
            work_published = false
        }
        fi
#endif
    :: else
    fi;
    if
    :: BUILDER_DIES
    :: atomic {
        is_new = !work_published;
#ifndef BUG_SKIPPED_IF_NOTHING_IS_NEW
        is_new = is_new || generation[work_number] == 0 || generation[work_number] != snapshot;
#endif
        if
        :: is_new -> work_number++; work_published = true; work_in_wal = true
        :: else
        fi
    }
    fi;
#ifndef BUG_COPIED_WHILE_OPEN
    if
    :: BUILDER_DIES
    :: atomic {
        work_in_wal = false; is_open = false
    }
    fi;
#endif
    if
    :: is_new
    :: else -> goto sync
    fi;

    /* publish() */
    if
    :: BUILDER_DIES
    :: atomic {
        files++;
        assert(files < FILES);
        snapshot_tmp = files;
        rows[files] = work_rows; cursor[files] = work_cursor; number[files] = work_number
#ifdef BUG_COPIED_ONTO_SNAPSHOT
        ; snapshot = files
#endif
    }
    fi;
#ifdef BUG_NAMED_BEFORE_WHOLE
    atomic { generation[work_number] = snapshot_tmp };
#endif
    if
    :: BUILDER_DIES
    :: atomic { snapshot_tmp != 0 -> whole[snapshot_tmp] = !work_in_wal }
    fi;
#ifndef BUG_COPY_NOT_SYNCED
    if
    :: BUILDER_DIES
    :: atomic { synced[snapshot_tmp] = true }
    fi;
#endif
    if
    :: BUILDER_DIES
    :: atomic {
#ifndef BUG_NAMED_BEFORE_WHOLE
        assert(generation[work_number] == 0);  /* a snapshot never changes once it has a name */
#endif
        generation[work_number] = snapshot_tmp;
        unsynced_names = unsynced_names | BIT(work_number);
        copy = snapshot_tmp;
        snapshot_tmp = 0
    }
    fi;
#ifndef BUG_STRAY_WAL_LEFT
    if
    :: BUILDER_DIES
    :: atomic { stray_wal = 0 }
    fi;
#endif
#ifdef BUG_SNAPSHOT_REMOVED_FIRST
    if
    :: BUILDER_DIES
    :: atomic { snapshot = 0 }
    fi;
#endif
    if
    :: BUILDER_DIES
    :: atomic { snapshot = copy }
    fi;
#ifdef BUG_SYNCED_BY_PUBLISHER_ONLY
    if
    :: BUILDER_DIES
    :: atomic { sync_names() }
    fi;
sync:
#else
sync:
#ifndef BUG_NAMES_NOT_SYNCED
    /* Also if nothing is new: whoever published this may have died before it could sync. */
    if
    :: BUILDER_DIES
    :: atomic { sync_names() }
    fi;
#endif
#endif
    if
    :: BUILDER_DIES
    :: atomic {
        d_step {
            for (i : 1 .. GENERATIONS - 1) {
                if
                :: i + KEPT <= work_number -> generation[i] = 0
                :: else
                fi
            }
            i = 0
        }
    }
    fi;

finished:
    atomic {
        is_complete(snapshot);
        assert(rows[snapshot] >= began);
        find_newest();
        assert(generation[newest] == snapshot);
        promised = rows[snapshot]
    }

gone:
    atomic {
        if
        :: writer_lock == _pid + 1 -> writer_lock = 0
        :: else
        fi;
out:
        began = 0; copy = 0; new_rows = 0; is_new = false
    }
}
