// A ledger's log, written line by line by a test.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "os/file.h"
#include "support/temp_dir.h"

namespace daybook::testing {

// A directory whose only part holds the given events.  An event without `event_id` gets one.
class LedgerLines {
public:
    const std::string& root() const { return dir_.path(); }

    void append(std::vector<std::string> events) {
        const std::string directory = dir_ / "events/day=2026-01-01";
        if (!os::make_dirs(directory)) std::abort();
        std::ofstream file(directory + "/part-000001.jsonl", std::ios::app);
        for (std::string& event : events) {
            if (event.find("\"event_id\":") == std::string::npos) {
                event.insert(1, fmt::format("\"event_id\":\"{:08}\",", ++events_));
            }
            file << event << "\n";
        }
    }
    void created(const std::string& run_id, int time, const std::string& more = "") {
        append({fmt::format(R"({{"event_type":"run.created","timestamp_ms":{},"run_id":"{}",)"
                            R"("run_type":"policy","config":{{}},"data_fingerprint":""{}}})",
                            time, run_id, more)});
    }

private:
    TempDir dir_;
    int events_ = 0;
};

}  // namespace daybook::testing
