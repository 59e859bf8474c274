// One long history of a log on a simulated file system, compared after every step with what a model
// in memory says can be read.
//
// The model is the list of promises (support/sim_log.h), which becomes exact by reading: what was
// found once is there for good, what was not found and is in no writer's memory never comes.  Only
// a power cut and the disk's own decay make it smaller, and both by rule.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "log/layout.h"
#include "support/sim_end.h"
#include "support/sim_log.h"
#include "support/sim_reading.h"

namespace daybook::testing {

class HistoryRun {
public:
    explicit HistoryRun(std::uint64_t seed);

    // Empty, or what is wrong, and what led there in words.
    std::string run();

    std::uint64_t steps() const { return steps_; }
    std::uint64_t crashes() const { return crashes_; }
    std::uint64_t flips() const { return flips_; }

private:
    std::uint64_t draw(std::uint64_t below) { return random_.next() % below; }

    // Each does one thing and tells what it was.
    std::string act();
    std::string append();
    std::string append_on_a_failing_disk();
    std::string take_care();
    std::string pass_time();

    std::string compare();
    std::string crash();
    std::string flip_a_bit();
    // The event that a bit of was flipped, and the one behind its newline if that was hit.
    struct Flip {
        log::PartId part;
        std::size_t first = 0;  // indexes into the part's events
        std::size_t count = 0;
    };
    std::optional<Flip> draw_flip();
    std::string check_flip(const Flip& flip, const Reading& now) const;

    Promised promised() const;

    SeededRandom random_;
    std::unique_ptr<SimLog> log_;
    Reading last_;  // what could be read after the last step
    bool power_was_cut_ = false;
    std::set<log::PartId> rotten_;
    std::vector<std::string> told_;
    std::uint64_t steps_ = 0;
    std::uint64_t crashes_ = 0;
    std::uint64_t flips_ = 0;
};

}  // namespace daybook::testing
