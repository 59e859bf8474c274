/*
 * An archiver: copies sealed parts into the archive, reads it back, names them in the manifest, and
 * only then moves them away.  It holds lifecycle.lock, and no lane: what is sealed has no writer.
 * Parts that an archiver has named and not moved, because it died, are moved by the next one.
 */

#ifdef BUG_UNSEALED_ARCHIVED
#define MAY_BE_ARCHIVED(part) (file_at[part] != 0)
#else
#define MAY_BE_ARCHIVED(part) (file_at[part] != 0 && sealed[part])
#endif

#define ARCHIVER_DIES atomic { MAY_DIE -> goto gone }

/* Moves the parts of `set` to trash/, one rename after the other. */
inline move_to_trash(set) {
    part = 0;
    do
    :: part >= PARTS -> break
    :: part < PARTS ->
        if
        :: ARCHIVER_DIES
        :: atomic {
            STEP;
            part++;
            do
            :: part <= PARTS && !(HAS(set, part) && file_at[part] != 0) -> part++
            :: else -> break
            od;
            if
            :: part <= PARTS ->
                file_at[part] = 0;
#ifdef BUG_SEAL_TRASHED
                sealed[part] = false;
#endif
                nothing_is_lost()
            :: else
            fi
        }
        fi
    od;
    part = 0
}

proctype Archiver() {
    byte part, named, new;

    atomic {
        STEP;
#ifndef BUG_TWO_ARCHIVERS
        if
        :: lifecycle_lock == 0 -> lifecycle_lock = _pid + 1
        :: else -> goto out
        fi
#endif
    }
    if
    :: ARCHIVER_DIES
    :: atomic { STEP; named = manifest }
    fi;
    if
    :: ARCHIVER_DIES
    :: atomic {
        STEP;
        for (j : 1 .. PARTS) {
            if
            :: MAY_BE_ARCHIVED(j) && !HAS(named, j) ->
                events_of(file_at[j]);
                archived[j] = events;
                new = new | BIT(j);
                /* Read back, it is what the seal says. */
                assert(!sealed[j] || lines[file_at[j]] == seal_lines[j])
            :: else
            fi
        }
        j = 0
    }
    fi;
#ifdef BUG_TRASHED_BEFORE_NAMED
    move_to_trash(new);
#endif
    if
    :: ARCHIVER_DIES
    :: atomic {
        STEP;
        manifest = named | new;
        named = manifest;
        new = 0;
        nothing_is_lost()
    }
    fi;
    move_to_trash(named);

gone:
    atomic {
        if
        :: lifecycle_lock == _pid + 1 -> lifecycle_lock = 0
        :: else
        fi;
out:
        AT_THE_END;
        part = 0; named = 0; new = 0
    }
}
