// The rows that several events make: which of them won which columns of runs_status and of
// phase_timings.  For explain.cc.
#pragma once

#include <string>
#include <vector>

#include "index/row_history.h"
#include "index/row_key.h"

namespace daybook::index {

// What is to be said of an event.
struct Verdict {
    std::string won{};
    std::string lost{};
    bool is_left_out = false;  // it says nothing of the row
};

// `verdicts` has as many elements as `events`; those of events that do not count stay as they are.
void explain_status(const std::vector<RowEvent>& events, std::vector<Verdict>& verdicts,
                    std::vector<std::string>& notes);
void explain_phase(const RowKey& key, const std::vector<RowEvent>& events,
                   std::vector<Verdict>& verdicts, std::vector<std::string>& notes);

}  // namespace daybook::index
