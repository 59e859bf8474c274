/*
 * A reader of the index: Daybook's own, which opens the newest generation (src/query/session.cc),
 * and then another program, which opens runs.duckdb.  Neither takes a lock.  What it opens is
 * complete and holds all that was promised before.
 */

proctype Reader() {
    byte due, file;

look:
    atomic { due = promised; find_newest(); file = newest }
    /* Between the listing and the opening, newer generations may push this one out. */
    atomic {
        file = generation[file];
        if
        :: file == 0 ->
#ifdef BUG_LISTED_ONCE
            assert(false)  /* there always is a snapshot */
#else
            goto look
#endif
        :: else ->
            is_complete(file);
            assert(rows[file] >= due)
        fi
    }

    atomic {
        is_complete(snapshot);
        assert(rows[snapshot] >= promised);
        assert(stray_wal == 0 || stray_wal == snapshot);  /* nothing foreign is replayed into it */
        due = 0; file = 0
    }
}
