// Ledgers for the figures of the index: how they are made, grow, and are indexed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "index/builder.h"
#include "measure.h"
#include "workspace.h"

namespace daybook::bench {

// As generate_events makes them.
inline constexpr std::size_t kEventsPerRun = 1000;
inline constexpr std::size_t kTrialsPerRun = 984;

// Makes the ledger `name` of the workspace anew, with so many events.
Result<std::string> make_ledger(const Workspace& workspace, std::string_view name,
                                std::size_t events, std::size_t events_per_run = kEventsPerRun);

// How much is in its log.
Result<std::uint64_t> log_bytes(const std::string& ledger);

// Brings the index up to date in a child.  The sample's value is how many seconds that took, its
// step how many of them went to publication.  An error if other than `events` were new.
Result<Sample> build_in_child(const std::string& ledger, std::size_t events,
                              const index::BuildOptions& options = {});

// Where the trials of an increment belong.
enum class Spread {
    kTenRuns,  // five that the index knows, five that it does not; all trials are new
    kAllRuns,  // any run of the ledger; every second trial replaces one that is there
};

// Appends trials that no index has seen to a ledger that generate_events has made.
class Increments {
public:
    // `events` as given to make_ledger.
    Increments(std::string ledger, std::size_t events)
        : ledger_(std::move(ledger)),
          runs_(std::max<std::size_t>(1, events / kEventsPerRun)),
          random_(1) {}

    Status append(std::size_t trials, Spread spread);
    const std::string& ledger() const { return ledger_; }
    // That it was made with.
    std::size_t events() const { return runs_ * kEventsPerRun; }

private:
    std::string run_of(std::size_t trial, Spread spread);

    std::string ledger_;
    std::size_t runs_;
    SeededRandom random_;
    std::size_t increments_ = 0;
    std::string known_runs_[5];
};

}  // namespace daybook::bench
