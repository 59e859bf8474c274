// A crash in the middle of a script, and everything that must be true after it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/random.h"
#include "rigs/simfs_script.h"
#include "support/sim_crash.h"
#include "support/sim_end.h"
#include "support/sim_reading.h"

namespace daybook::testing {

// Tries crashes, and counts the states that have been looked at.
class CrashTrial {
public:
    // The randomness decides what crashes come while the log is being recovered.
    explicit CrashTrial(RandomSource& random) : random_(random) {}

    // Empty, or what is wrong and what led there, in words.  `choice`: what the power cut leaves;
    // nullopt: draw it.
    std::string try_crash(const Played& played, const Crash& crash,
                          const std::optional<CrashSpace::Choice>& choice);

    std::uint64_t states() const { return states_; }

private:
    // What a crash has left, and what was promised by then.
    struct Left {
        SimTree tree;
        Promised promised;
        // A process died between a sync that failed and its mark: nobody can know, so another power
        // cut is not tried.
        bool unmarked_failure = false;
    };
    std::string recover(const Left& left);
    std::string crash_recovery(const Played& recovery, const Left& left, const Reading& before);
    static Reading look(const SimTree& tree);

    RandomSource& random_;
    std::uint64_t states_ = 0;
    std::string story_;  // of the case that is being tried
};

}  // namespace daybook::testing
