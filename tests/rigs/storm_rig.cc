// The kill storm: writers die at random moments and at every kill point of the log, and every event
// that was acknowledged is there afterwards, once.
//
// The first cases are the kill points, one each; then come storms until `count` writers have died.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crash/inventory.h"
#include "crash/storm.h"
#include "os/kill_point.h"
#include "os/test_support.h"
#include "storm_points.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr int kKillsAtEachPoint = 20;
constexpr int kKillsOfAStorm = 250;

// For this case alone, whatever the others drew.
std::uint64_t seed_of_case(std::uint64_t seed, std::uint64_t number) {
    return seed * 1'000'003 + number;
}

class StormRig {
public:
    StormRig(int argc, char** argv) : rig_("storm", argc, argv, 5'000) {}

    int run() {
        if (!os::kHasKillPoints) return rig_.cannot_run("this build has no kill points");
        for (const std::string& point : points_of_the_writer()) {
            const std::uint64_t number = next_case_++;
            if (rig_.begin_case(number)) kill_at_point(point, number);
        }
        while (kills_ < static_cast<int>(rig_.options().count) && !rig_.gives_up()) {
            const std::uint64_t number = next_case_++;
            if (rig_.begin_case(number)) storm(number);
            // One case again is over now; those before it were not made.
            if (rig_.options().only && *rig_.options().only < next_case_) break;
        }
        rig_.note("kills", static_cast<std::uint64_t>(kills_));
        rig_.note("of them at kill points", static_cast<std::uint64_t>(kills_at_points_));
        rig_.note("torn tails", static_cast<std::uint64_t>(torn_));
        rig_.note("events", events_);
        return rig_.finish();
    }

private:
    void kill_at_point(const std::string& point, std::uint64_t number) {
        PointKiller killer(point, parent(true), seed_of_case(rig_.options().seed, number));
        std::vector<std::string> problems;
        for (int i = 0; i < kKillsAtEachPoint && problems.empty(); ++i) {
            if (killer.kill_once(problems)) {
                ++kills_;
                ++kills_at_points_;
                continue;
            }
            problems.push_back(
                fmt::format("{} was passed {} times, {} are wanted: give it a "
                            "situation in tests/rigs/storm_points.cc",
                            point, i, kKillsAtEachPoint));
        }
        fail(problems);
    }

    void storm(std::uint64_t number) {
        std::mt19937_64 random(seed_of_case(rig_.options().seed, number));
        StormPlan plan{.via = random() % 2 == 0 ? "log" : "ledger",
                       .load = "wide",
                       .writers = static_cast<int>(8 + random() % 57),
                       .events_each = kEndless,
                       .kill_interval_us = 1'000 + random() % 7'000,
                       .kills_max = kKillsOfAStorm,
                       .kill_points = points_of_the_writer(),
                       .seed = random()};
        // `power` is a matter of real disks.
        const TempDir dir(parent(number % 4 != 0));
        const StormOutcome outcome = run_storm(dir.path(), plan);
        const log::Layout layout(dir.path());
        const Inventory inventory = take_inventory(layout);
        kills_ += outcome.kills;
        for (const auto& [point, kills] : outcome.kills_at) kills_at_points_ += kills;
        torn_ += inventory.torn;
        events_ += inventory.events();
        fail(broken_promises(inventory, outcome));
    }

    void fail(const std::vector<std::string>& problems) {
        if (!problems.empty()) rig_.fail(fmt::format("{}", fmt::join(problems, "\n  ")));
    }

    // Where a case puts its files: in memory, or on the disk that has temporary files.
    std::string parent(bool in_memory) const {
        if (!rig_.options().dir.empty()) return rig_.options().dir + "/";
        const bool there = in_memory && std::filesystem::is_directory("/dev/shm");
        return there ? "/dev/shm/" : ::testing::TempDir();
    }

    Rig rig_;
    std::uint64_t next_case_ = 0;
    int kills_ = 0;
    int kills_at_points_ = 0;
    int torn_ = 0;
    std::uint64_t events_ = 0;
};

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::StormRig(argc, argv).run(); }
