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

#include "base/result.h"
#include "ledger/artifact_facts.h"

namespace daybook::cli {

// Finds such lines in bytes as they come.
class ReportLines {
public:
    // `found` gets each line's JSON, from its "{" on, and the line's number from 1.
    using Found = std::function<void(std::string_view json, std::uint64_t line)>;
    explicit ReportLines(Found found) : found_(std::move(found)) {}

    void add(std::string_view bytes);
    // The last line may lack its end.
    void finish();

private:
    void end_line(std::string_view line);

    Found found_;
    std::string line_;  // what has come of a line that may be ours
    std::uint64_t lines_ = 0;
    bool skips_ = false;  // the line is none of ours
};

// Makes events of reports.
class ReportEvents {
public:
    // Size and hash of a file that a report names.
    using ArtifactLook = std::function<Result<ledger::ArtifactFacts>(const std::string& path)>;

    ReportEvents(std::string run_id, ArtifactLook look)
        : run_id_(std::move(run_id)), look_(std::move(look)) {}

    // The event as JSON, its fields not checked: metric.recorded, trial.recorded, run.tagged or
    // artifact.created.  Points of a curve that have no step are numbered 0, 1, 2…, curve by curve.
    // kInvalidArgument: it is no JSON object, or none of these reports.
    Result<std::string> event_of(std::string_view json);

private:
    std::int64_t take_step(std::string_view metrics);
    Status append_artifact(std::string_view path_json, bool with_format, std::string& event) const;

    std::string run_id_;
    ArtifactLook look_;
    std::map<std::string, std::int64_t, std::less<>> next_steps_;
};

}  // namespace daybook::cli
