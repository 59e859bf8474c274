// Lines by which a program that knows nothing of Daybook tells what it has measured:
//
//     daybook: {"metric":{"loss":0.31},"step":12}
//     daybook: {"trial":"stop_5","params":{"stop":0.05},"metrics":{"sharpe":1.2},"feasible":true}
//     daybook: {"tag":{"data":"2024"}}
//     daybook: {"note":"restarted with half the rate"}
//     daybook: {"artifact":"out/curve.png","type":"plot"}
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/event_text.h"
#include "ledger/artifact_facts.h"

namespace daybook::cli {

// Finds such lines in bytes as they come.
class ReportLines {
public:
    // `found` gets each line's JSON, from its "{" on, and the line's number from 1.
    using Found = std::function<void(std::string_view json, std::uint64_t line)>;
    // `too_long` gets the number of a line that begins as a report and is longer than an event.
    using TooLong = std::function<void(std::uint64_t line)>;
    ReportLines(Found found, TooLong too_long)
        : found_(std::move(found)), too_long_(std::move(too_long)) {}

    void add(std::string_view bytes);
    // The last line may lack its end.
    void finish();

private:
    void end_line(std::string_view line);

    Found found_;
    TooLong too_long_;
    std::string line_;  // what has come of a line that may be ours
    std::uint64_t lines_ = 0;
    bool skips_ = false;  // the line is none of ours
    bool is_too_long_ = false;
};

// Makes events of reports.
class ReportEvents {
public:
    // Size and hash of a file that a report names.
    using ArtifactLook = std::function<Result<ledger::ArtifactFacts>(const std::string& path)>;

    ReportEvents(std::string run_id, ArtifactLook look)
        : run_id_(std::move(run_id)), look_(std::move(look)) {}

    // The event as JSON, its fields not checked: metric.recorded, trial.recorded, run.tagged or
    // artifact.created.  A point of a curve that has no step gets the one after the greatest that
    // was recorded, from 0 on, curve by curve.
    // kInvalidArgument: it is no JSON object, or none of these reports.
    Result<std::string> event_of(std::string_view json);
    // The last event was recorded: its steps are taken.
    void note_recorded();

private:
    struct Point {
        std::string curve;
        std::int64_t step = 0;
    };

    Status take_points(const std::vector<EventField>& fields);
    Status append_artifact(std::string_view path_json, bool with_format, std::string& event) const;

    std::string run_id_;
    ArtifactLook look_;
    std::map<std::string, std::int64_t, std::less<>> next_steps_;
    std::vector<Point> pending_;  // of the last event
};

}  // namespace daybook::cli
