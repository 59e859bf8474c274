/*
 * A writer: takes lanes as src/log/lane.cc does, appends its events one by one, and may die at any
 * step.  One that dies without a lock leaves what one leaves that never runs again; so dying is a
 * step only where a lock goes with it.
 */

#define LIST_AGAIN 255

/* On to the first part of the listing that has not been tried; 0 if none is left. */
inline next_candidate() {
    d_step {
        file = 0;
        part = 0;
        for (i : 1 .. PARTS) {
            if
            :: part == 0 && HAS(candidates, i) -> part = i
            :: else
            fi
        }
        candidates = candidates & ~BIT(part)
    }
}

inline give_up_lane() {
    d_step {
        if
        :: is_mine -> appenders[file]--; is_mine = false
        :: else
        fi;
        close_file(file);
        whole = 0
    }
}

#define DIES atomic { MAY_DIE -> give_up_lane(); goto gone }

proctype Writer(byte event; byte last) {
    byte candidates, greatest, part, file, whole;
    bool is_mine;

take:
    atomic { STEP; list_day(candidates, greatest); next_candidate() }

open:
    atomic {
        STEP;
        if
        :: part == 0 -> goto create
        :: else ->
            file = (read_only[file_at[part]] -> 0 : file_at[part]);
            if
            :: file == 0 -> next_candidate(); goto open
            :: else
            fi
        fi
    }

lock:
    atomic {
        STEP;
#ifdef BUG_WAITS_FOR_LOCK
        lock_of[file] == 0;
#endif
        if
        :: lock_of[file] == 0 -> lock_of[file] = _pid + 1
        :: else ->
#ifndef BUG_LOCK_IGNORED
            next_candidate();
            goto open
#endif
        fi
    }

    if
    :: DIES
    :: atomic {
        STEP;
        if
#ifdef BUG_NO_LOOK_AGAIN
        :: true ->
#elif defined(BUG_SEAL_NOT_LOOKED_FOR)
        :: file_at[part] == file && lines[file] < FULL ->
#elif defined(BUG_SIZE_BEFORE_LOCK_ONLY)
        :: file_at[part] == file && !sealed[part] ->
#else
        :: file_at[part] == file && !sealed[part] && lines[file] < FULL ->
#endif
            whole = lines[file];
            candidates = 0;
            greatest = 0;
            is_mine = true;
            appenders[file]++;
            assert(appenders[file] == 1)  /* never two writers in one part */
        :: else ->
            give_up_lane();
            next_candidate();
            goto open
        fi
    }
    fi;

#ifndef BUG_TAIL_NOT_JUDGED
    if
    :: fragment[file] != 0 ->
#ifndef BUG_CUT_WITHOUT_EVIDENCE
        if
        :: DIES
        :: atomic { STEP; save_evidence(file) }
        fi;
#endif
        if
        :: DIES
        :: atomic { STEP; cut(file, whole) }
        fi
    :: else
    fi;
#endif
    whole = 0;

append:
    if
    :: DIES
    :: atomic {
        STEP;
        assert(!sealed[part]);  /* nothing is appended to a sealed part */
        write_head(file, event)
    }
    fi;
    if
    :: DIES
    :: atomic {
        STEP;
        assert(!sealed[part]);
        write_rest(file, event);
        acknowledged = acknowledged | BIT(event);
        nothing_is_lost();
        event++
    }
    fi;
    if
    :: atomic {
        MAY_DIE ->  /* The lane is idle, the day has turned, or the writer closes or dies. */
        give_up_lane();
        if
        :: event <= last -> goto take
        :: true -> goto gone
        fi
    }
    :: atomic {
        STEP;
        if
        :: event <= last && lines[file] < FULL -> goto append
        :: event <= last && lines[file] >= FULL -> give_up_lane(); goto take
        :: event > last -> give_up_lane(); goto gone
        fi
    }
    fi;

create:
    atomic {
        STEP;
        if
        :: greatest == LIST_AGAIN ->
            list_day(candidates, greatest);
            candidates = 0;
            goto create
        :: else
        fi;
        part = greatest + 1;
        greatest = LIST_AGAIN;
        if
        :: part > PARTS -> goto gone  /* beyond what is searched */
        :: part <= PARTS && file_at[part] != 0 -> goto create  /* Another was faster. */
        :: else -> make_part(part, file); goto lock
        fi
    }

gone:
    atomic { AT_THE_END; event = 0; last = 0; part = 0; candidates = 0; greatest = 0 }
}
