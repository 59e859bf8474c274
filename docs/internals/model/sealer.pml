/*
 * A sealer: goes through the day's parts once and seals what it may (docs/formats/seal.md).  It is
 * also the one that mends the head after a sealer that died.
 */

#ifdef SEALS_ANY
#define MAY_BE_SEALED(file) true  /* the day ended over an hour ago */
#else
#define MAY_BE_SEALED(file) (lines[file] >= FULL)
#endif

#define SEALER_DIES atomic { MAY_DIE -> close_file(file); goto gone }

/* The head names the last seal of the chain, unless a sealer died before it had replaced it. */
inline mend_head() {
#ifndef BUG_HEAD_NOT_MENDED
    d_step {
        j = 0;
        for (i : 1 .. PARTS) {
            if
            :: sealed[i] && seal_previous[i] == head && i != head -> j = i
            :: else
            fi
        }
        head = (j != 0 -> j : head)
    }
#else
    skip
#endif
}

/* Every seal has another before it, and the head is before none: one chain, to the newest. */
inline chain_is_whole() {
    d_step {
        for (i : 1 .. PARTS) {
            for (j : 1 .. PARTS) {
                assert(!(i != j && sealed[i] && sealed[j] &&
                         seal_previous[i] == seal_previous[j]))
            }
            assert(!(sealed[i] && seal_previous[i] == head))
        }
        i = 0; j = 0
    }
}

proctype Sealer() {
    byte part, file, whole;

    atomic {
        STEP;
#ifdef BUG_TWO_SEALERS
        seal_lock = _pid + 1
#else
        if
        :: seal_lock == 0 -> seal_lock = _pid + 1
        :: else -> goto out
        fi
#endif
    }
    if
    :: SEALER_DIES
    :: atomic { STEP; mend_head() }
    fi;

next:
    if
    :: SEALER_DIES
    :: atomic {
        STEP;
        part++;
        do
        :: part <= PARTS &&
           (file_at[part] == 0 || sealed[part] || !MAY_BE_SEALED(file_at[part])) -> part++
        :: else -> break
        od;
        if
        :: part > PARTS -> goto done
        :: else ->
            file = file_at[part]
        fi
    }
    fi;
#ifndef BUG_MODE_NOT_TAKEN_BACK
    if
    :: SEALER_DIES
    :: atomic { STEP; read_only[file] = false }
    fi;
#endif
#ifndef BUG_SEALED_WITHOUT_LOCK
    if
    :: SEALER_DIES
    :: atomic {
        STEP;
        assert(!read_only[file]);  /* Who cannot open it for writing cannot lock it, now or ever. */
        if
        :: lock_of[file] == 0 -> lock_of[file] = _pid + 1
        :: else -> file = 0; goto next
        fi
    }
    fi;
#endif
    if
    :: SEALER_DIES
    :: atomic {
        STEP;
        if
        :: file_at[part] == file && !sealed[part] -> whole = lines[file]
        :: else -> close_file(file); goto next
        fi
    }
    fi;
    if
    :: fragment[file] != 0 ->
        if
        :: SEALER_DIES
        :: atomic { STEP; save_evidence(file) }
        fi;
        if
        :: SEALER_DIES
        :: atomic { STEP; cut(file, whole) }
        fi
    :: else
    fi;
    if
    :: SEALER_DIES
    :: atomic { STEP; read_only[file] = true }
    fi;
    if
    :: SEALER_DIES
    :: atomic {
        STEP;
        assert(!sealed[part]);  /* a seal is written once */
        sealed[part] = true;
        seal_lines[part] = whole;
        seal_previous[part] = head;
        assert(lines[file] == whole && fragment[file] == 0)  /* the seal is of these bytes */
    }
    fi;
    if
    :: SEALER_DIES
    :: atomic {
        STEP;
        head = part;
        whole = 0;
        close_file(file);
        chain_is_whole();
        goto next
    }
    fi;

done:
    if
    :: SEALER_DIES
    :: atomic { STEP; chain_is_whole() }
    fi;

gone:
    atomic {
        if
        :: seal_lock == _pid + 1 -> seal_lock = 0
        :: else
        fi;
out:
        AT_THE_END; part = 0; file = 0; whole = 0
    }
}
