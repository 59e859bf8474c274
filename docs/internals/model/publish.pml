/*
 * Publishing: builders bring the working database up to date with the log and put a copy of it
 * where readers look (docs/formats/snapshot.md; src/index/builder.cc, src/index/publish.cc).
 * README.md says what is modelled; tools/check_model runs it.
 *
 * A database is a file with a count of rows and a cursor into the log.  It is whole when all that
 * was committed to it lies in the file itself, and not in a write-ahead log beside it.
 */

#ifndef BUILDERS
#define BUILDERS 3
#endif
#ifndef READERS
#define READERS 2
#endif
#ifndef EVENTS
#define EVENTS 2  /* that come while they work */
#endif
#ifndef CUTS
#define CUTS 1    /* power cuts */
#endif

#define BIT(n) (1 << (n))
#define HAS(mask, n) (((mask) >> (n)) & 1)
#define KEPT 2                       /* generations that stay; one fewer than in truth */
#define FILES (BUILDERS + 2)         /* files there ever are; 0 stands for none */
#define GENERATIONS (BUILDERS + 2)

/* Files, whatever their names. */
byte files = 1;            /* made so far: the first is generation 1, published long ago */
byte rows[FILES];
byte cursor[FILES];
byte number[FILES];        /* the generation it says it is */
bool whole[FILES];
bool synced[FILES];        /* its bytes survive a power cut */

/* index/: what the names name. */
byte generation[GENERATIONS];       /* gen-N.duckdb */
byte snapshot;                      /* runs.duckdb */
byte snapshot_on_disk;              /* … as a power cut may bring it back */
byte snapshot_tmp;                  /* work/snapshot.tmp */
byte unsynced_names;                /* generations whose names a power cut may take */
byte stray_wal;                     /* runs.duckdb.wal: the file that it was written for */
byte writer_lock;

/* work/index.duckdb */
mtype = { missing, sound, half };
mtype work = missing;
byte work_rows, work_cursor, work_number;
bool work_published;       /* its rows are said to be published */
bool work_in_wal;          /* something committed is not in its file yet */

byte log;                  /* events in the log */
byte promised;             /* rows of the snapshot that a builder has reported */
byte cuts;

hidden byte i, newest;

inline find_newest() {
    d_step {
        newest = 0;
        for (i : 1 .. GENERATIONS - 1) {
            if
            :: generation[i] != 0 -> newest = i
            :: else
            fi
        }
        i = 0
    }
}

/* What anybody finds at any time: a file that is whole, and what a builder has promised. */
inline is_complete(file) {
    assert(file != 0);
    assert(whole[file] && rows[file] == cursor[file])
}

/* Another write puts an event into the log. */
active proctype Log() {
    do
    :: log < 1 + EVENTS -> log++
    :: log == 1 + EVENTS -> break
    od
}

#include "builder.pml"
#include "snapshot_reader.pml"

init {
    atomic {
        log = 1;
        rows[1] = 1; cursor[1] = 1; number[1] = 1; whole[1] = true; synced[1] = true;
        generation[1] = 1; snapshot = 1; snapshot_on_disk = 1; promised = 1;
        /* The working database may have been removed; somebody may have left a log beside. */
        if
        :: work = sound; work_rows = 1; work_cursor = 1; work_number = 1; work_published = true
        :: true
        fi;
        if
        :: stray_wal = 1
        :: true
        fi;
        for (i : 1 .. BUILDERS) { run Builder() }
        for (i : 1 .. READERS) { run Reader() }
        i = 0
    }
}
