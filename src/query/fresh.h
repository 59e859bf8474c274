// Answers that include every event acknowledged before the question.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "query/session.h"

namespace daybook::query {

struct FreshOptions {
    SessionOptions session{};
    // How long to wait for another process that builds the index; then the snapshot answers.
    int wait_ms = 2'000;
};

struct FreshSession {
    Session session;
    // Why the answer may lack the newest events; empty if it does not.
    std::string note{};
    // Why the index had to be made again from the whole log; empty if it had not.
    std::string rebuilt{};
    // What was found broken or in the way, and what became of it.
    std::vector<std::string> mended{};
};

// Opens the snapshot, after bringing the index up to date if the log is newer.  Where that cannot
// be done (another process holds writer.lock, the directory is read-only) the snapshot answers,
// with a note; without a snapshot that is an error.
Result<FreshSession> open_fresh(const std::string& root, const FreshOptions& options = {});

// Whether the log of `root` has lines that the session's snapshot does not know, or the snapshot
// was made by another builder or with other upcasters than the ledger has now.
Result<bool> is_stale(Session& session, const std::string& root);

}  // namespace daybook::query
