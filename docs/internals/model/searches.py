"""What tools/check_model searches: configurations of the models, and planted bugs."""

import dataclasses

# What holds, and how pan quotes the assertion that says so, without blanks.
PROPERTIES = {
    "an acknowledged event is lost": "(acknowledged&~(found))==0",
    "a reader misses an acknowledged event": "(due&~(counted))==0",
    "an event is counted twice": "(counted&events)==0",
    "two writers take one part for theirs": "appenders[file]==1",
    "a full part grows": "lines[file]<",
    "a sealed part is written": "!(sealed[part])",
    "a seal is not of the part's bytes": "lines[file]==whole",
    "bytes are cut without evidence": "evidence>>fragment",
    "the chain of seals is broken": "seal_previous[i]==",
    "a part can never be sealed": "read_only[file]",
    "somebody waits": "invalidendstate",
    "a process alone does not come to its end": "steps_alone<=",
    "a reader lists again without news": "(manifest&~(named))!=0",
    "a snapshot is not complete": "whole[",
    "a finished build lacks events": "rows[snapshot]>=began",
    "runs.duckdb is not the newest generation": "generation[newest]==snapshot",
    "what a builder has reported is gone": ">=promised",
    "there is no snapshot": "snapshot!=0",
    "a reader finds no snapshot": "violated0",
    "a foreign log is replayed into a snapshot": "stray_wal==0",
}


@dataclasses.dataclass(frozen=True)
class Search:
    name: str
    model: str
    defines: str  # NAME or NAME=VALUE, separated by blanks
    breaks: str = ""  # the property that a planted bug has to break
    soak: bool = False  # too long for every change

    @property
    def flags(self) -> list[str]:
        return [f"-D{define}" for define in self.defines.split()]


# Configurations.  SEALS_ANY: the day is over, so parts may be sealed before they are full.
LANES = "WRITERS=3 FULL=2 PARTS=3"
SEAL_EARLY = "WRITERS=3 SEALERS=1 SEALS_ANY FULL=2 PARTS=2"
SEAL_FULL = "WRITERS=3 SEALERS=1 FULL=1 PARTS=3"
SEAL_CHAIN = "WRITERS=2 SEALERS=2 FULL=1 PARTS=2"
ARCHIVE = "WRITERS=1 EVENTS=2 SEALERS=1 ARCHIVERS=1 READERS=1 FULL=1 PARTS=2"
ARCHIVE_STALE = "WRITERS=2 SEALERS=1 ARCHIVERS=1 READERS=1 FULL=1 PARTS=2"
ARCHIVERS = "WRITERS=1 EVENTS=2 SEALERS=1 ARCHIVERS=2 READERS=1 FULL=1 PARTS=2"
ALONE_WRITERS = "WRITERS=2 SEALERS=1 SEALS_ANY FULL=2 PARTS=2 ALONE=21"
ALONE_READER = "WRITERS=1 SEALERS=1 ARCHIVERS=1 READERS=1 FULL=1 PARTS=2 ALONE=21"
PUBLISH = "BUILDERS=3 READERS=1"

PROOFS = [
    Search("archive-stale", "log", ARCHIVE_STALE),
    Search("seal-full", "log", SEAL_FULL),
    Search("lanes", "log", LANES),
    Search("seal-early", "log", SEAL_EARLY),
    Search("seal-chain", "log", SEAL_CHAIN),
    Search("archive", "log", ARCHIVE),
    Search("archivers", "log", ARCHIVERS),
    Search("alone-writers", "log", ALONE_WRITERS),
    Search("alone-reader", "log", ALONE_READER),
    Search("publish", "publish", PUBLISH),
    # A rule that is to spare: the look for the seal, with the lock, does its work too.
    Search("seals-not-counted", "log", f"{ARCHIVE} BUG_SEALS_NOT_COUNTED"),
]

SOAK = [
    Search(f"{name}-soak", "publish" if "BUILDERS" in defines else "log", defines, soak=True)
    for name, defines in [
        ("lanes", "WRITERS=3 EVENTS=2 FULL=2 PARTS=3"),
        ("everybody", "WRITERS=3 SEALERS=1 READERS=1 FULL=1 PARTS=2"),
        ("archive-stale", "WRITERS=2 SEALERS=1 ARCHIVERS=1 READERS=1 FULL=1 PARTS=3"),
        ("alone-reader", "WRITERS=2 SEALERS=1 READERS=1 FULL=1 PARTS=2 ALONE=30"),
        ("publish", "BUILDERS=3 READERS=2 EVENTS=1"),
    ]
]


def _bug(name: str, model: str, defines: str, breaks: str) -> Search:
    assert breaks in PROPERTIES
    return Search(f"BUG_{name}", model, f"{defines} BUG_{name}", breaks)


BUGS = [
    _bug("LOCK_IGNORED", "log", LANES, "two writers take one part for theirs"),
    _bug("NO_LOOK_AGAIN", "log", LANES, "a full part grows"),
    _bug("SIZE_BEFORE_LOCK_ONLY", "log", LANES, "a full part grows"),
    _bug("SEAL_NOT_LOOKED_FOR", "log", SEAL_EARLY, "a sealed part is written"),
    _bug("TAIL_NOT_JUDGED", "log", LANES, "an acknowledged event is lost"),
    _bug("CUT_WITHOUT_EVIDENCE", "log", LANES, "bytes are cut without evidence"),
    _bug("WAITS_FOR_LOCK", "log", ALONE_WRITERS, "somebody waits"),
    _bug("SEALED_WITHOUT_LOCK", "log", SEAL_EARLY, "a sealed part is written"),
    _bug("TWO_SEALERS", "log", SEAL_CHAIN, "the chain of seals is broken"),
    _bug("HEAD_NOT_MENDED", "log", SEAL_CHAIN, "the chain of seals is broken"),
    _bug("MODE_NOT_TAKEN_BACK", "log", SEAL_CHAIN, "a part can never be sealed"),
    _bug("SEAL_TRASHED", "log", ARCHIVE, "a reader misses an acknowledged event"),
    _bug("UNSEALED_ARCHIVED", "log", ARCHIVE, "an acknowledged event is lost"),
    _bug("TRASHED_BEFORE_NAMED", "log", ARCHIVE, "an acknowledged event is lost"),
    _bug("TWO_ARCHIVERS", "log", ARCHIVERS, "an acknowledged event is lost"),
    _bug("ARCHIVE_LISTED_FIRST", "log", ARCHIVE, "a reader misses an acknowledged event"),
    _bug("GONE_TAKEN_FOR_EMPTY", "log", ARCHIVE, "a reader misses an acknowledged event"),
    _bug("SEAL_NOT_COMPARED", "log", ARCHIVE_STALE, "a reader misses an acknowledged event"),
    _bug("STRAY_PREFERRED", "log", ARCHIVE_STALE, "a reader lists again without news"),
    _bug("COUNTED_IN_BOTH", "log", ARCHIVE, "an event is counted twice"),
    _bug("RECOUNTED", "log", ARCHIVE, "an event is counted twice"),
    _bug("READER_REPAIRS", "log", ARCHIVE_STALE, "an acknowledged event is lost"),
    _bug("READER_LOCKS", "log", ALONE_READER, "somebody waits"),
    _bug("TWO_BUILDERS", "publish", PUBLISH, "runs.duckdb is not the newest generation"),
    _bug("RESTORED_IN_PLACE", "publish", PUBLISH, "a snapshot is not complete"),
    _bug("CURSOR_FIRST", "publish", PUBLISH, "a finished build lacks events"),
    _bug("COPIED_WHILE_OPEN", "publish", PUBLISH, "a snapshot is not complete"),
    _bug("COPIED_ONTO_SNAPSHOT", "publish", PUBLISH, "a snapshot is not complete"),
    _bug("COPY_NOT_SYNCED", "publish", PUBLISH, "a snapshot is not complete"),
    _bug("NAMED_BEFORE_WHOLE", "publish", PUBLISH, "a snapshot is not complete"),
    _bug("NAMES_NOT_SYNCED", "publish", PUBLISH, "what a builder has reported is gone"),
    _bug("SYNCED_BY_PUBLISHER_ONLY", "publish", PUBLISH, "what a builder has reported is gone"),
    _bug("SKIPPED_IF_NOTHING_IS_NEW", "publish", PUBLISH, "a finished build lacks events"),
    _bug("SNAPSHOT_REMOVED_FIRST", "publish", PUBLISH, "there is no snapshot"),
    _bug("STRAY_WAL_LEFT", "publish", PUBLISH, "a foreign log is replayed into a snapshot"),
    _bug("LISTED_ONCE", "publish", PUBLISH, "a reader finds no snapshot"),
]

SEARCHES = [*SOAK, *PROOFS, *BUGS]
