// `_imports/merged-<source>.json`: how much of another ledger has been merged into this one, so
// that merging it again, when it has grown, reads what is new.
//
// Parts are recognised by their content: sealed ones by the SHA-256 of their seal, others by a
// cursor.  So it does not matter where the source lies, and what is another ledger under the same
// name is read whole.  Removing the file costs time and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/artifact_names.h"
#include "log/scan.h"

namespace daybook::lifecycle {

// What of a part stays in the source.
struct PartTrouble {
    std::uint64_t changed = 0;  // this ledger has other events of their ids
    std::uint64_t damaged = 0;  // lines that are no events
    bool operator==(const PartTrouble&) const = default;
};

struct MergeState {
    // An event that the merge has left in this ledger: if it is gone, so may be others, and nothing
    // of this counts.  Empty: none was left.
    std::string event_id{};
    TimestampMs event_at{};
    std::map<log::PartId, std::string> seals{};    // of parts that were read whole
    std::map<log::PartId, log::Cursor> cursors{};  // of those that could grow
    // Files that events name and that were not there, not whole, or here otherwise, by path: looked
    // at again by the next merge.
    std::map<std::string, NamedFile> missing{};
    // Of parts of which not everything came: said again until they are read again and it is gone.
    std::map<log::PartId, PartTrouble> troubles{};
    bool operator==(const MergeState&) const = default;
};

std::string encode_merge_state(const MergeState& state);
// kCorrupt, kUnsupported; `path` is for messages.
Result<MergeState> decode_merge_state(std::string_view text, const std::string& path);

// Of the source with this name; empty if there is none, or none that can be read.
Result<MergeState> read_merge_state(const ledger::LedgerDir& dir, const std::string& name);
Status write_merge_state(const ledger::LedgerDir& dir, const std::string& name,
                         const MergeState& state);

}  // namespace daybook::lifecycle
