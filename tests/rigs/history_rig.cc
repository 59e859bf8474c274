// Random long histories of a log: writers, time, failing disks, crashes and decay.
//
// A case is a history, which its number and the seed decide.

#include "rigs/history_run.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kDefaultCount = 2'000;

int run(int argc, char** argv) {
    Rig rig("history", argc, argv, kDefaultCount);
    std::uint64_t steps = 0;
    std::uint64_t crashes = 0;
    std::uint64_t flips = 0;
    for (std::uint64_t number = 0; number < rig.options().count && !rig.gives_up(); ++number) {
        if (!rig.begin_case(number)) continue;
        HistoryRun history(rig.options().seed ^ (number * 0x9e3779b97f4a7c15));
        const std::string problem = history.run();
        if (!problem.empty()) rig.fail(problem);
        steps += history.steps();
        crashes += history.crashes();
        flips += history.flips();
    }
    rig.note("steps", steps);
    rig.note("crashes", crashes);
    rig.note("flipped bits", flips);
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
