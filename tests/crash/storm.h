// Many writer processes on one ledger, which may be killed and are started again until all of their
// events are acknowledged; and what must be true of the ledger afterwards.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "log/layout.h"

namespace daybook::testing {

struct StormPlan {
    std::string via = "log";  // or "ledger": which API the writers use
    int writers = 16;
    std::uint32_t events_each = 5'000;
    // Microseconds from one kill to the next, at random up to this; 0: nobody is killed.
    std::uint64_t kill_interval_us = 0;
    // No more than this, so that a slow machine comes to an end too.
    int kills_max = 1'500;
    std::uint64_t seed = 0;
};

// Number of events acknowledged, by the name of the process that wrote them: 1 to that number, in
// order, from `first` on.
struct Acknowledged {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // first - 1 if there is none
};

struct StormOutcome {
    std::map<std::string, Acknowledged> acknowledged;
    int kills = 0;
    int failures = 0;  // writers that ended with an error
};

// Runs the plan to its end.
StormOutcome run_storm(const std::string& directory, const StormPlan& plan);

// What the whole lines of a log come to.
struct Inventory {
    std::map<std::string, int> copies;  // of each event, by its name
    std::vector<std::string> problems;  // damaged or foreign lines, numbers out of order
    int parts = 0;
    int torn = 0;  // tails: those in torn/, and those that parts still end with
};
Inventory take_inventory(const log::Layout& layout);

// Fails the test unless every acknowledged event is there once, no event is there twice, and there
// is no damage and no more torn tails than kills.
void expect_kept(const log::Layout& layout, const StormOutcome& outcome);

}  // namespace daybook::testing
