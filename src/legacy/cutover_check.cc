#include "legacy/cutover_check.h"

#include <algorithm>

namespace daybook::legacy {
namespace {

void sort_by_run(std::vector<RunTime>& runs) {
    std::sort(runs.begin(), runs.end(),
              [](const RunTime& a, const RunTime& b) { return a.run_id < b.run_id; });
}

// nullopt: nobody has said when, so it lies on neither side.
std::optional<bool> is_before(const std::optional<TimestampMs>& created, Day cutover) {
    if (!created) return std::nullopt;
    return *created < start_of(cutover);
}

}  // namespace

const char* to_string(Disagreement kind) {
    switch (kind) {
        case Disagreement::kCreated: return "created_differs";
        case Disagreement::kLegacyLate: return "legacy_after_cutover";
        case Disagreement::kLogEarly: return "log_before_cutover";
    }
    return "";
}

CutoverReport check_cutover(std::vector<RunTime> log, std::vector<RunTime> file,
                            std::optional<Day> cutover) {
    sort_by_run(log);
    sort_by_run(file);
    CutoverReport report;
    const auto add = [&](Disagreement kind, const RunTime& run,
                         const std::optional<TimestampMs>& in_log,
                         const std::optional<TimestampMs>& in_file) {
        report.disagreeing.push_back({run.run_id, kind, in_log, in_file});
    };
    auto ours = log.begin();
    auto theirs = file.begin();
    while (ours != log.end() || theirs != file.end()) {
        const bool log_has =
            theirs == file.end() || (ours != log.end() && ours->run_id <= theirs->run_id);
        const bool file_has =
            ours == log.end() || (theirs != file.end() && theirs->run_id <= ours->run_id);
        if (log_has && file_has) {
            ++report.in_both;
            if (cutover) {
                const auto log_side = is_before(ours->created, *cutover);
                const auto file_side = is_before(theirs->created, *cutover);
                if (log_side && file_side && log_side != file_side) {
                    add(Disagreement::kCreated, *ours, ours->created, theirs->created);
                }
            }
        } else if (log_has) {
            ++report.in_log_alone;
            if (cutover && is_before(ours->created, *cutover) == true) {
                add(Disagreement::kLogEarly, *ours, ours->created, std::nullopt);
            }
        } else {
            ++report.in_file_alone;
            if (cutover && is_before(theirs->created, *cutover) == false) {
                add(Disagreement::kLegacyLate, *theirs, std::nullopt, theirs->created);
            }
        }
        if (log_has) ++ours;
        if (file_has) ++theirs;
    }
    return report;
}

}  // namespace daybook::legacy
