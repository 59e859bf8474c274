// Answers that include every event acknowledged before the question.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/extra_source.h"
#include "query/session.h"

namespace daybook::query {

struct FreshOptions {
    SessionOptions session{};
    // Answer from the newest snapshot as it is, the runs of sources included that it has.
    bool snapshot_only = false;
    // A log that has more than this beyond the snapshot is indexed first.
    std::uint64_t tail_bytes_max = std::uint64_t{64} << 20;
    // How long to wait for another process that builds the index, where one must be built.
    int wait_ms = 0;
    // Runs that the log does not have are answered from here too; it outlives the call.  Null: no
    // program that reads old files is there, which is noted where the ledger names some.
    ExtraSource* extra = nullptr;
    // Where the log itself cannot be read (a day's manifest is damaged, say), the snapshot alone
    // answers, with a note.  Not for who decides by the answer what goes.
    bool stale_if_unreadable = false;
    // Asked now and then while the log is read or indexed; false ends it with kCancelled.
    std::function<bool()> keep_on{};
};

struct FreshSession {
    Session session;
    // What the user should know of how the answer came about; empty: nothing.
    std::string note{};
    // Why the index had to be made again from the whole log; empty if it had not.
    std::string rebuilt{};
    // What was found broken or in the way, and what became of it.
    std::vector<std::string> mended{};
    // What the user should know of the sources beside the log.
    std::vector<std::string> source_notes{};
};

// Opens the newest snapshot with the log's tail applied over it in memory: nothing is written, and
// nobody is waited for.  Only a tail above `tail_bytes_max`, or a snapshot that the tail does not
// belong to, has the index built first.  Where that cannot be done (another process builds it, the
// directory is read-only) all of the log that the answer needs is read in memory and on disk below
// $TMPDIR, with a note.
Result<FreshSession> open_fresh(const std::string& root, const FreshOptions& options = {});

}  // namespace daybook::query
