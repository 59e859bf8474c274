// Many events, the same for the same seed, as fast as a disk takes them: for figures, and for rigs
// that need a large log.
//
// Runs of 1,000 events: created, started, six phases started and completed, 984 trials with four
// parameters and five metrics, an artifact, completed.  About 390 bytes a line.  Shorter or longer
// runs differ in the number of trials.  Events go to DIR/events/day=…/part-….jsonl in parts of
// 100 MiB, with seq and checksum as a writer makes them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace daybook::testing {

struct EventPlan {
    static constexpr std::int64_t kEventsPerRunMin = 16;  // all but the trials

    std::uint64_t seed = 1;
    std::int64_t events_per_run = 1000;
    // From 2026-01-01 on; 0: all events are of that day.
    std::int64_t events_per_day = 0;
    // In place of three trials of four there are heartbeats, and the fourth has one parameter and
    // one metric: 210 bytes a line, and a third of the index.
    bool light = false;
};

// Nobody else may write to the log meanwhile.
class EventGenerator {
public:
    EventGenerator(std::string directory, const EventPlan& plan);
    ~EventGenerator();
    EventGenerator(const EventGenerator&) = delete;
    EventGenerator& operator=(const EventGenerator&) = delete;

    // Writes the next `count` events.  When it returns the files hold them; the next call goes on.
    Status write(std::int64_t count);

private:
    class Writer;
    std::unique_ptr<Writer> writer_;
};

}  // namespace daybook::testing
