// Which of the events of a bundle a ledger has, wherever in its log they lie.
//
// A bundle may have been made to deceive: an event under the id of another one, with a time of
// another day, would come to lie beside it, and readers would take one of the two.  So the whole
// log is read once, and asked for the ids and runs of the bundle.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lifecycle/known_ids.h"
#include "log/log_source.h"

namespace daybook::lifecycle {

// Memory: 24 to 64 bytes an event of the bundle.  Not thread-safe.
class WantedIds {
public:
    void want(std::string_view event_id, std::string_view run_id);
    // Looks for all of them; called once.
    Status look(const log::LogSource& source);

    // The content of the event `id` (XXH3-64 of its body), if the ledger has it; else nullopt, and
    // now it has `content`.
    std::optional<std::uint64_t> insert(Hash128 id, std::uint64_t content) {
        return there_.insert(id, content);
    }
    // Whether the ledger had events of the run.
    bool has_run(std::string_view run_id) const { return runs_there_.contains(run_id); }

private:
    IdTable wanted_{};
    IdTable there_{};
    std::set<std::string, std::less<>> runs_{};
    std::set<std::string, std::less<>> runs_there_{};
};

}  // namespace daybook::lifecycle
