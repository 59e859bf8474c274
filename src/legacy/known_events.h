// Which events a ledger has, by their ids.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace daybook::legacy {

class KnownEvents {
public:
    virtual ~KnownEvents() = default;
    // For each id (index::event_key) the content, XXH3-64 of the line before its trailer, if the
    // ledger has it.
    virtual Result<std::vector<std::optional<std::uint64_t>>> contents(
        std::span<const Hash128> ids) = 0;

    // The runs that the ledger has recorded itself: created or started by events that no import
    // has written.
    const std::unordered_set<std::string>& own_runs() const { return own_runs_; }
    void set_own_runs(std::unordered_set<std::string> runs) { own_runs_ = std::move(runs); }

private:
    std::unordered_set<std::string> own_runs_{};
};

// Those of the ledger in `root`, whose index is brought up to date first, or of none if there is no
// ledger yet.  What is appended afterwards is not among them.  `keep_on` is asked while the index
// is built; false ends it with kCancelled.
Result<std::unique_ptr<KnownEvents>> open_known_events(const std::string& root,
                                                       const std::function<bool()>& keep_on = {});

}  // namespace daybook::legacy
