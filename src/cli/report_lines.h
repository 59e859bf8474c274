// Lines by which a program that knows nothing of Daybook tells what it has measured:
//
//     daybook: {"metric":{"loss":0.31},"step":12}
//     daybook: {"trial":"stop_5","params":{"stop":0.05},"metrics":{"sharpe":1.2},"feasible":true}
//     daybook: {"tag":{"data":"2024"}}
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::cli {

// Finds such lines in bytes as they come.
class ReportLines {
public:
    // `found` gets each line's JSON, "{…}".
    explicit ReportLines(std::function<void(std::string_view)> found) : found_(std::move(found)) {}

    void add(std::string_view bytes);
    // The last line may lack its end.
    void finish();

private:
    void end_line();

    std::function<void(std::string_view)> found_;
    std::string line_;
    bool skips_ = false;  // the line is none of ours
};

// Makes events of reports.
class ReportEvents {
public:
    explicit ReportEvents(std::string run_id) : run_id_(std::move(run_id)) {}

    // The event as JSON, its fields not checked: metric.recorded, trial.recorded or run.tagged.
    // Points of a curve that have no step are numbered 0, 1, 2…, curve by curve.  kInvalidArgument:
    // it is none of these reports.
    Result<std::string> event_of(std::string_view json);

private:
    std::int64_t take_step(std::string_view metrics);

    std::string run_id_;
    std::map<std::string, std::int64_t, std::less<>> next_steps_;
};

}  // namespace daybook::cli
