// Where runs come from that the log does not have: old files attached to a ledger.
//
// The module that reads such files implements this, and the command line hands it in: query and
// index know indexes only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "index/extra_index.h"

namespace daybook::query {

struct ExtraIndexes {
    // In the order of attachment: of a run that several have, the first of these counts.
    std::vector<index::ExtraIndex> indexes{};
    // What the user should know: a source that could not be read and why, or one answered from
    // an older copy.  Such a source is no error: the rest answers.
    std::vector<std::string> notes{};
};

// How much may be done for files that have changed.
enum class Effort {
    kQuestion,  // what takes seconds; an older copy answers for the rest
    kUpkeep,    // whatever it takes, but what has just failed is left alone for a while
    kDemand,    // whatever it takes: somebody has asked for just this
};

struct ExtraOptions {
    Effort effort = Effort::kQuestion;
    // Asked now and then while old files are read, also from other threads; false ends it with
    // kCancelled.
    std::function<bool()> keep_on{};
};

// Safe to call from all threads, and for several ledgers.
class ExtraSource {
public:
    virtual ~ExtraSource() = default;

    // The indexes that are attached to the ledger in `root`, brought up to date where their files
    // have changed.  A ledger without any costs no more than a look at its ledger.json.
    // Errors: kCancelled, and those of ledger.json.
    virtual Result<ExtraIndexes> refresh(const std::string& root,
                                         const ExtraOptions& options = {}) = 0;
};

}  // namespace daybook::query
