// The chain of a ledger's seals: each names the one before it by its hash, and the head names the
// newest.
//
//     null ◀── seal ◀── seal ◀── seal ◀── _head.json
//
// So whoever removes or changes a seal breaks the chain at the seal that follows it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/seal.h"
#include "log/layout.h"

namespace daybook::ledger {

// A seal as it lies in the log.
struct StoredSeal {
    log::PartId part;    // by its file's name
    std::string sha256;  // of its bytes: what the next seal and the head say
    Seal seal{};
};

// What is in the place of a seal and is none.
struct UnreadableSeal {
    log::PartId part;
    Error error;
};

struct SealFiles {
    std::vector<StoredSeal> seals{};  // by part
    std::vector<UnreadableSeal> unreadable{};
    std::optional<Head> head{};  // nullopt: there is none, or it cannot be read
    std::optional<Error> head_error{};
};

// Reads all seals and the head.  Takes no lock: beside a sealer it may find a head that is one seal
// behind, as a crash leaves it too, but nothing else that is wrong.
Result<SealFiles> read_seals(const log::Layout& layout);

// The newest seal, on which the next one builds.
struct ChainEnd {
    std::optional<Head> newest{};  // nullopt: nothing is sealed yet
    // The head names the seal before it: a sealer died between the two.
    bool head_is_behind = false;
};
// kCorrupt: head and seals disagree in another way; the message says what to do.
Result<ChainEnd> chain_end(const SealFiles& files, const log::Layout& layout);

struct ChainProblem {
    std::optional<log::PartId> part;  // whose seal shows it; the head's, if it names one
    bool in_head = false;
    std::string kind;  // "seal_missing", "chain_broken", "seal_unreadable", "head_wrong",
                       // "head_behind"
    std::string detail;
    bool is_problem() const { return kind != "head_behind"; }
};

struct Chain {
    // Indexes into SealFiles::seals, from the oldest to the newest, as far as the chain reaches
    // back from the newest.
    std::vector<std::size_t> order{};
    std::vector<ChainProblem> problems{};
};
// What the chain comes to, and all that is wrong with it.
Chain examine_chain(const SealFiles& files, const log::Layout& layout);

}  // namespace daybook::ledger
