// Writers' scripts, a crash in every moment of each, and what a power cut may leave then.
//
// The first cases are all scripts of one step, all their moments, and all that a crash may leave
// there (where that is a great deal, as many draws).  The others take the scripts of two to four
// steps in turn, from a place that the seed decides, with a moment and a choice drawn at random.
// After each crash the log is read, recovered twice, and lets a second crash come during recovery.

#include <algorithm>
#include <optional>
#include <vector>

#include "base/check.h"
#include "rigs/simfs_crash.h"
#include "support/rig.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kDefaultCount = 20'000;
// What a power cut may leave in one moment is tried whole up to this many states.
constexpr std::uint64_t kExhaustiveMax = 128;

// What is tried in one moment of a script of one step.
struct Group {
    std::uint64_t script = 0;
    std::size_t moment = 0;
    std::uint64_t states = 0;  // that a power cut may leave; drawn if there are more
    std::uint64_t first_case = 0;
    // Two cases more: the death of all processes before the change, and in the middle of it.
    static constexpr std::uint64_t kDeaths = 2;
    std::uint64_t cases() const { return std::min(states, kExhaustiveMax) + kDeaths; }
};

std::vector<Group> plan_short_scripts() {
    std::vector<Group> groups;
    std::uint64_t next_case = 0;
    for (std::uint64_t script = 0; script < script_count(1); ++script) {
        const Played played = play(nth_script(1, script));
        for (std::size_t i = 0; i < played.moments.size(); ++i) {
            groups.push_back({.script = script,
                              .moment = i,
                              .states = CrashSpace(played.moments[i].tree).count(),
                              .first_case = next_case});
            next_case += groups.back().cases();
        }
    }
    return groups;
}

class SimfsRig {
public:
    explicit SimfsRig(Rig& rig)
        : rig_(rig), groups_(plan_short_scripts()), longer_(script_count(2) + script_count(3)) {
        longer_ += script_count(4);
    }

    void run(std::uint64_t number) {
        SeededRandom random(rig_.options().seed ^ (number * 0x9e3779b97f4a7c15));
        CrashTrial trial(random);
        const std::uint64_t short_cases = groups_.back().first_case + groups_.back().cases();
        Script script;
        std::string problem;
        if (number < short_cases) {
            const auto next = std::upper_bound(
                groups_.begin(), groups_.end(), number,
                [](std::uint64_t value, const Group& group) { return value < group.first_case; });
            const Group& group = *(next - 1);
            script = nth_script(1, group.script);
            problem = try_in_group(trial, play(script), group, number - group.first_case, random);
        } else {
            script = longer_script(number - short_cases);
            const Played played = play(script);
            problem = trial.try_crash(played, draw_crash(played.moments, random), std::nullopt);
        }
        states_ += trial.states();
        if (!problem.empty()) rig_.fail(problem + "  script: " + to_string(script));
    }

    std::uint64_t states() const { return states_; }
    std::uint64_t scripts() const { return longer_ + script_count(1); }

private:
    static std::string try_in_group(CrashTrial& trial, const Played& played, const Group& group,
                                    std::uint64_t index, RandomSource& random) {
        Crash crash{.moment = group.moment, .power_cut = index >= Group::kDeaths};
        if (index == 1) {
            const std::size_t bytes = played.moments[group.moment].bytes.size();
            if (bytes > 0) crash.bytes_written = random.next() % bytes;
        }
        std::optional<CrashSpace::Choice> choice;
        if (crash.power_cut && group.states <= kExhaustiveMax) {
            choice = CrashSpace(played.moments[group.moment].tree).nth(index - Group::kDeaths);
        }
        return trial.try_crash(played, crash, choice);
    }

    // In turn, but scattered, so that few cases are a mixture of all.
    Script longer_script(std::uint64_t number) const {
        constexpr std::uint64_t kStride = 1'000'003;  // a prime: every script has its turn
        std::uint64_t index = (number % longer_ * kStride + rig_.options().seed) % longer_;
        for (std::size_t steps = 2; steps < kStepsMax; ++steps) {
            if (index < script_count(steps)) return nth_script(steps, index);
            index -= script_count(steps);
        }
        return nth_script(kStepsMax, index);
    }

    Rig& rig_;
    std::vector<Group> groups_;
    std::uint64_t longer_;
    std::uint64_t states_ = 0;
};

int run(int argc, char** argv) {
    Rig rig("simfs", argc, argv, kDefaultCount);
    SimfsRig simfs(rig);
    for (std::uint64_t number = 0; number < rig.options().count && !rig.gives_up(); ++number) {
        if (rig.begin_case(number)) simfs.run(number);
    }
    rig.note("states", simfs.states());
    rig.note("scripts to draw from", simfs.scripts());
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
