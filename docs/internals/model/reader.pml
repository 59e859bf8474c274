/*
 * A reader: lists events/, then archive/, and reads each part once: from the archive if the
 * manifest names it, else from events/.  If a part has gone since, it lists again.  It takes no
 * lock and changes nothing, so its death is of no consequence and is left out.
 */

/* Notes the events of a part, of which none may have been counted before. */
inline count(set) {
    assert((counted & (set)) == 0);  /* each event is counted once */
    counted = counted | (set)
}

inline read_archived() {
    count(archived[part]);
    done = done | BIT(part)
}

/* There is news each time, so the end comes: parts are archived once. */
inline list_again() {
    assert((manifest & ~named) != 0);
    file = 0; part = 0; listed = 0; named = 0
}

proctype Reader() {
    byte due, listed, named, part, file, done, counted;

    atomic { STEP; due = acknowledged }

list:
#ifdef BUG_ARCHIVE_LISTED_FIRST
    atomic { STEP; named = manifest };
#endif
    atomic {
        STEP;
        listed = 0;
        for (i : 1 .. PARTS) {
            if
            :: file_at[i] != 0 -> listed = listed | BIT(i)
            :: else
            fi
        }
        i = 0
    }
#ifndef BUG_ARCHIVE_LISTED_FIRST
    atomic { STEP; named = manifest };
#endif

next:
    atomic {
        STEP;
        part = 1;
        do
        :: part <= PARTS && (HAS(done, part) || !HAS(listed | named, part)) -> part++
        :: else -> break
        od;
        if
        :: part > PARTS -> goto summary
#ifdef BUG_STRAY_PREFERRED
        :: part <= PARTS && HAS(named, part) && !HAS(listed, part) -> read_archived(); goto next
#else
        :: part <= PARTS && HAS(named, part) ->
            read_archived();
#ifdef BUG_COUNTED_IN_BOTH
            if
            :: HAS(listed, part) && file_at[part] != 0 -> events_of(file_at[part]); count(events)
            :: else
            fi;
#endif
            goto next
#endif
        :: else -> file = file_at[part]
        fi;
        if
        :: file == 0 ->
#ifdef BUG_GONE_TAKEN_FOR_EMPTY
            done = done | BIT(part);
            goto next
#else
#ifdef BUG_RECOUNTED
            done = 0;
#endif
            list_again();
            goto list
#endif
        :: else
        fi
    }
    atomic {
        STEP;
#ifdef BUG_READER_LOCKS
        lock_of[file] == 0;
#endif
#ifdef BUG_READER_REPAIRS
        truncate(file, lines[file]);
#endif
        if
#ifndef BUG_SEAL_NOT_COMPARED
        :: sealed[part] && lines[file] < seal_lines[part] ->
            /* Not the part that was sealed: that one is in the archive by now. */
            list_again();
            goto list
#endif
        :: else ->
            events_of(file);
            count(events);
            done = done | BIT(part);
            file = 0;
            goto next
        fi
    }

summary:
    atomic {
        STEP;
        assert((due & ~counted) == 0);  /* what was acknowledged before it began is all there */
        AT_THE_END;
        due = 0; listed = 0; named = 0; part = 0; done = 0; counted = 0
    }
}
