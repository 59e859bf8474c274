// Writers that are killed at random moments, again and again.
//
// DAYBOOK_CRASH_SEED replays the moments of an earlier run as nearly as the machine allows.

#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "crash/inventory.h"
#include "crash/storm.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

std::uint64_t storm_seed() {
    const char* given = std::getenv("DAYBOOK_CRASH_SEED");
    return given == nullptr ? random_seed() : std::strtoull(given, nullptr, 10);
}

class KillStorm : public ::testing::TestWithParam<std::string> {};

TEST_P(KillStorm, EveryAcknowledgedEventIsThereOnceAndNothingIsDamaged) {
    const TempDir dir;
    const StormPlan plan{.via = GetParam(), .kill_interval_us = 3'000, .seed = storm_seed()};
    SCOPED_TRACE("DAYBOOK_CRASH_SEED=" + std::to_string(plan.seed));
    const StormOutcome outcome = run_storm(dir.path(), plan);
    const log::Layout layout(dir.path());
    expect_kept(layout, outcome);

    const Inventory inventory = take_inventory(layout);
    EXPECT_GE(outcome.kills, plan.writers);
    std::cout << "seed " << plan.seed << ": " << outcome.kills << " kills, " << inventory.torn
              << " torn tails, " << inventory.parts << " parts, " << inventory.events()
              << " events\n";
}

INSTANTIATE_TEST_SUITE_P(Via, KillStorm, ::testing::Values("log", "ledger"),
                         [](const auto& variant) { return variant.param; });

}  // namespace
}  // namespace daybook::testing
