// Which of the events of a bundle a ledger has, wherever in its log they lie.
//
// A bundle may have been made to deceive: an event under the id of another one, with a time of
// another day, would come to lie beside it, and readers would take one of the two.  So the whole
// log is read once, and asked for the ids and runs of the bundle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lifecycle/deleted_runs.h"
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
    // Whether it had, under its id, each event of the run that is wanted.
    bool has_all_of(std::string_view run_id) const;
    // Of the wanted ones, by what the ledger has; whoever adds to the ledger says so.
    DeletedRuns& deleted_runs() { return deleted_; }

private:
    IdTable wanted_{};  // to the place of the run
    IdTable there_{};
    std::map<std::string, std::size_t, std::less<>> runs_{};  // to their places in missing_
    std::vector<std::uint64_t> missing_{};                    // events of each run
    std::set<std::string, std::less<>> runs_there_{};
    DeletedRuns deleted_{};
};

}  // namespace daybook::lifecycle
