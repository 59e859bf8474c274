// One process of storm_writer.cc: started, listened to, killed and buried.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "crash/storm.h"
#include "os/file.h"

namespace daybook::testing {

struct WriterOrder {
    std::string via = "log";
    std::string load = "plain";
    std::string directory;
    std::string name;  // of the process, and in its events
    std::uint32_t first = 1;
    std::uint32_t last = 1;
    std::string kill_at{};  // "lane.taken:2": the value of DAYBOOK_KILL_AT; empty: none
};

class WriterProcess {
public:
    // Starts it, and takes note of it in `outcome`.  Aborts if no process can be had.
    void start(const WriterOrder& order, StormOutcome& outcome);

    // Readable when there is a report, and at its end.
    int report_fd() const { return pipe_.get(); }
    // Takes in what has been reported; false once the process has ended.
    bool read_reports(StormOutcome& outcome);
    // The last event acknowledged; first - 1 if none was.
    std::uint32_t acknowledged() const { return acknowledged_; }

    void kill();
    // Waits for its end, counts it in `outcome`, and says whether a kill was it.
    bool bury(StormOutcome& outcome);
    // All of it: reads reports to the end, and buries.
    bool wait(StormOutcome& outcome);

private:
    WriterOrder order_;
    pid_t pid_ = -1;
    bool killed_ = false;  // by kill(), not by itself
    os::UniqueFd pipe_;
    std::string unread_;
    std::uint32_t acknowledged_ = 0;
};

}  // namespace daybook::testing
