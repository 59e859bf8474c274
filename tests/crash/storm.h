// Many writer processes on one ledger, which may be killed and are started again until all of their
// events are acknowledged; inventory.h looks at what they leave.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace daybook::testing {

inline constexpr std::uint32_t kEndless = std::numeric_limits<std::uint32_t>::max();

struct StormPlan {
    std::string via = "log";     // or "ledger": which API the writers use
    std::string load = "plain";  // what they write: storm_writer.cc has the list
    int writers = 16;
    std::uint32_t events_each = 5'000;  // kEndless: until the last kill, which takes all of them
    // Microseconds from one kill to the next, at random up to this; 0: nobody is killed.
    std::uint64_t kill_interval_us = 0;
    // No more than this, so that a slow machine comes to an end too.
    int kills_max = 1'500;
    // One writer in four gets a kill point of these, to die there by itself.
    std::vector<std::string> kill_points{};
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
    int failures = 0;                       // writers that ended with an error
    std::map<std::string, int> kills_at{};  // of the kills, those at kill points
};

// Runs the plan to its end.
StormOutcome run_storm(const std::string& directory, const StormPlan& plan);

}  // namespace daybook::testing
