// What a repair does about what it found: a pure function of the facts.
//
// Nothing is ever destroyed.  Bytes of a part stay where they are, but for an unfinished line at
// its end that nobody will finish; what is taken away is kept in torn/ or quarantine/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/repair_look.h"

namespace daybook::ledger {

enum class RepairAction {
    kCut,     // move an unfinished line to torn/, as the part's next writer would
    kCopy,    // copy damaged bytes to quarantine/, append the records in them, and write it down
    kRescue,  // append the records in a file of torn/, and write it down
    kEnd,     // append the newline that another tool has left out
    kNote,    // nothing can be mended: write it down, so that it is known
    kMove,    // move a file that nobody needs to quarantine/
    kLeave,   // nothing: it is not for a repair to touch
};
const char* to_string(RepairAction action);

struct RepairStep {
    RepairAction action{};
    std::string kind;  // a stable name: "torn", "damaged", "lost", "missing", "stray", …
    std::string file;
    std::optional<log::PartId> part{};
    ByteOffset offset{};
    std::uint64_t bytes = 0;
    std::string detail{};

    // For the `ledger.repaired` event.
    std::string reason{};
    std::string sha256{};
    log::Seq first_seq{};
    std::uint64_t lines = 0;
    std::vector<BuriedRecord> records{};
    // Of a kCopy: the last of `bytes` is a newline that is still to be appended.
    bool lacks_newline = false;

    // Of a file that another tool has left: as it was when it was read.
    std::int64_t modified_ns = 0;

    // Events that are gone for good, as far as can be told.
    std::uint64_t unsaved = 0;
    // It stays as it is: somebody has to look at it, or it is put off until another repair.
    bool is_left = false;
};

// In the order in which they are to be done.
std::vector<RepairStep> plan_repair(const LedgerDir& dir, RepairFacts facts);

}  // namespace daybook::ledger
