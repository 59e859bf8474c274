/*
 * One day's directory and its archive, as processes see them through system calls.
 *
 * A part is a name; what it names is a file (an inode), which keeps its bytes and its lock when the
 * name has gone.  A name can come to life once more, so each has a second file in store.  A line
 * is the number of its event; sets of events and of parts are masks of bits.
 */

#ifndef PARTS
#define PARTS 3  /* part numbers that are searched */
#endif
#ifndef FULL
#define FULL 2   /* lines at which a part is full: the 100 MiB */
#endif

#define ROWS (FULL + 1)  /* one more than may be written */
#define FILES (2 * PARTS + 1)
#define BIT(n) (1 << (n))
#define HAS(mask, n) (((mask) >> (n)) & 1)
#define DAMAGED 255  /* a line that nobody wrote: one behind a fragment */

/* events/: file number 0 stands for none. */
byte file_at[PARTS + 1];  /* the file that part-N.jsonl names */
bool was_used[PARTS + 1]; /* a part's first file has been made */
byte lines[FILES];        /* whole lines in a file */
byte line[FILES * ROWS];  /* their events, in order */
byte fragment[FILES];     /* the event of an unfinished line at the end */
byte lock_of[FILES];      /* who has the open-file-description lock: _pid + 1 */
bool read_only[FILES];    /* mode 0444 */

bool sealed[PARTS + 1];        /* part-N.seal.json is there, */
byte seal_lines[PARTS + 1];    /* says how long the part is, */
byte seal_previous[PARTS + 1]; /* and which part's seal came before it */
byte head;                     /* _head.json: the part of the newest seal */
byte seal_lock;                /* _seal.lock */

byte evidence;            /* torn/: the events of which a fragment was saved */
byte archived[PARTS + 1]; /* archive/: the events of a part's archive */
byte manifest;            /* the parts that manifest.json names */
byte lifecycle_lock;

/* What is watched.  No process of the protocol looks at these. */
byte acknowledged;     /* events whose append has returned */
byte appenders[FILES]; /* writers that take a file to be theirs */

/* Variables of one step, without a value between steps. */
hidden byte i, j, found, events;

/*
 * ALONE=N: at any step, once, a process finds all others stopped, until it has come to its end; that
 * must take it at most N steps.  So it waits for nobody, wherever others stand, whatever they hold.
 */
#ifdef ALONE
#define NOBODY 255
#define WAS_ALONE 254
byte alone = NOBODY;
byte steps_alone;
#define STEP \
    (alone >= WAS_ALONE || alone == _pid) -> \
    if \
    :: alone == NOBODY -> alone = _pid \
    :: alone == _pid -> steps_alone++; assert(steps_alone <= ALONE) \
    :: alone >= WAS_ALONE \
    fi
#define MAY_DIE (alone >= WAS_ALONE)
#define AT_THE_END \
    if \
    :: alone == _pid -> alone = WAS_ALONE; steps_alone = 0 \
    :: else \
    fi
#else
#define STEP true
#define MAY_DIE true
#define AT_THE_END skip
#endif

/* The events of a file's whole lines, into `events`. */
inline events_of(file) {
    events = 0;
    for (i : 0 .. ROWS - 1) {
        if
        :: i < lines[file] && line[file * ROWS + i] != DAMAGED ->
            events = events | BIT(line[file * ROWS + i])
        :: else
        fi
    }
}

/* Each acknowledged event is where readers look: in events/, or in an archive that is named. */
inline nothing_is_lost() {
    d_step {
        found = 0;
        for (j : 1 .. PARTS) {
            if
            :: file_at[j] != 0 -> events_of(file_at[j]); found = found | events
            :: else
            fi;
            if
            :: HAS(manifest, j) -> found = found | archived[j]
            :: else
            fi
        }
        assert((acknowledged & ~found) == 0)
    }
}

/* One look at the directory: the parts that may be continued, and the greatest number in use. */
inline list_day(candidates, greatest) {
    d_step {
        candidates = 0;
        greatest = 0;
        for (i : 1 .. PARTS) {
            if
            :: file_at[i] != 0 && !sealed[i] && lines[file_at[i]] < FULL ->
                candidates = candidates | BIT(i)
            :: else
            fi;
            if
#ifdef BUG_SEALS_NOT_COUNTED
            :: file_at[i] != 0 -> greatest = i
#else
            :: file_at[i] != 0 || sealed[i] -> greatest = i
#endif
            :: else
            fi
        }
    }
}

/* O_CREAT|O_EXCL of a name that nothing has. */
inline make_part(part, file) {
    d_step {
        if
        :: !was_used[part] -> was_used[part] = true; file = part
        :: else ->
            file = PARTS + part;
            lines[file] = 0; fragment[file] = 0; lock_of[file] = 0; read_only[file] = false
        fi;
        file_at[part] = file
    }
}

/* One write appends a line.  It comes as two steps, between which its writer can die. */
inline write_head(file, event) {
    fragment[file] = (fragment[file] == 0 -> event : DAMAGED)
}
inline write_rest(file, event) {
    d_step {
        assert(lines[file] < FULL);  /* a full part does not grow */
        line[file * ROWS + lines[file]] = (fragment[file] == event -> event : DAMAGED);
        lines[file]++;
        fragment[file] = 0
    }
}

inline truncate(file, whole) {
    d_step {
        for (i : 0 .. ROWS - 1) {
            if
            :: i >= whole -> line[file * ROWS + i] = 0
            :: else
            fi
        }
        lines[file] = whole;
        fragment[file] = 0
    }
}

/* The bytes behind the last whole line go to torn/, and only then are they cut off. */
inline save_evidence(file) {
    if
    :: fragment[file] != 0 && fragment[file] != DAMAGED -> evidence = evidence | BIT(fragment[file])
    :: else
    fi
}
inline cut(file, whole) {
    d_step {
        assert(fragment[file] == 0 || fragment[file] == DAMAGED ||
               HAS(evidence, fragment[file]));
        truncate(file, whole);
        nothing_is_lost()
    }
}

/* A descriptor is closed, by close() or by death, and its lock goes with it. */
inline close_file(file) {
    d_step {
        if
        :: lock_of[file] == _pid + 1 -> lock_of[file] = 0
        :: else
        fi;
        file = 0
    }
}
