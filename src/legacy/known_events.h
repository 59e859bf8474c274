// Which events a ledger has, by their ids, and what else of it an import must know.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/strong.h"
#include "legacy/sorted_ids.h"

namespace daybook::legacy {

// A file that has been imported, as a `ledger.imported` says.
struct ImportedFile {
    std::string source_name;
    std::string path;
    std::string sha256;
};

// Of a ledger at one moment: what is appended afterwards is not among it.  Asking takes the same
// time however many events there are.
class KnownEvents {
public:
    // Those of the ledger in `root`, whose index is brought up to date first, or of none if there
    // is no ledger yet.  `keep_on` is asked while the index is built; false ends it with
    // kCancelled.
    static Result<KnownEvents> open(const std::string& root,
                                    const std::function<bool()>& keep_on = {});

    // The content of the event whose id has the key `id` (index::event_key): XXH3-64 of its line
    // before the trailer.  Events with ids of version 7, which no import makes, are not known here.
    std::optional<std::uint64_t> content(const Hash128& id) const { return ids_.find(id); }
    // How many there are.
    std::uint64_t size() const { return ids_.size(); }

    // The runs that the ledger has recorded itself: created or started by events that no import
    // has written.
    const std::unordered_set<std::string>& own_runs() const { return own_runs_; }
    // The runs that retention has removed, all or but for their summaries.
    const std::unordered_set<std::string>& removed_runs() const { return removed_runs_; }
    // The runs of which an import has written the beginning that counts, and of which source.
    const std::unordered_map<std::string, std::string>& imported_runs() const {
        return imported_runs_;
    }
    // The runs that end with their last row (EventStream::ends_at_last_row()), and when.
    const std::unordered_map<std::string, TimestampMs>& ends_at_last_row() const { return ends_; }

    // The files that have been imported.
    const std::vector<ImportedFile>& imported_files() const { return imported_files_; }

private:
    SortedIds ids_{};
    std::unordered_set<std::string> own_runs_{};
    std::unordered_set<std::string> removed_runs_{};
    std::unordered_map<std::string, std::string> imported_runs_{};
    std::unordered_map<std::string, TimestampMs> ends_{};
    std::vector<ImportedFile> imported_files_{};
};

}  // namespace daybook::legacy
