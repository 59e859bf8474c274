#include "lifecycle/named_artifacts.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "archive/manifest_file.h"
#include "archive/retained_days.h"
#include "base/calendar.h"
#include "ledger/artifact_layout.h"
#include "lifecycle/paths_in_text.h"
#include "lifecycle/skeleton.h"

namespace daybook::lifecycle {
namespace {

constexpr std::string_view kRunId = "\"run_id\":\"";

}  // namespace

void RetainedRuns::add(const Entry& entry) {
    Retention& retention = retentions_[entry.at];
    retention.summaries_are_left = retention.summaries_are_left && entry.summary_is_left;
    retention.days.insert(entry.days.begin(), entry.days.end());
    TimestampMs& last = runs_.try_emplace(entry.run, entry.at).first->second;
    last = std::max(last, entry.at);
}

bool RetainedRuns::is_left(const json::Envelope& event, Day day) const {
    const auto run = runs_.find(event.run_id);
    if (run == runs_.end()) return false;
    const Retention& retention = retentions_.at(run->second);
    return retention.summaries_are_left && retention.days.contains(day) &&
           is_skeleton(event.event_type) && event.timestamp <= run->second;
}

Result<RetainedRuns> read_retained_runs(const ledger::LedgerDir& dir) {
    RetainedRuns runs;
    const archive::ArchiveLayout layout(dir);
    ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout));
    for (const Day day : days) {
        ASSIGN_OR_RETURN(const std::optional<archive::Manifest> manifest,
                         archive::read_manifest(layout, day));
        if (!manifest) continue;
        for (const archive::Retained& retained : manifest->retained) {
            const std::optional<TimestampMs> at = parse_iso8601(retained.at);
            if (!at) continue;
            const std::vector<Day> others =
                archive::retained_days(retained).value_or(std::vector<Day>());
            RetainedRuns::Entry entry{.at = *at,
                                      .summary_is_left = retained.summaries == "keep",
                                      .days = {others.begin(), others.end()}};
            entry.days.insert(day);
            for (const std::string& run : retained.runs) {
                entry.run = run;
                runs.add(entry);
            }
        }
    }
    return runs;
}

Status NamedArtifacts::read_on(const Progress& progress) {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source_));
    std::uint64_t total = 0;
    for (const log::PartInfo& part : parts) total += part.size.value();
    std::uint64_t done = 0;
    for (const log::PartInfo& part : parts) {
        if (progress && !progress(done, total)) {
            return fail(ErrorCode::kCancelled, "read the log: interrupted");
        }
        const auto read = read_.find(part.id);
        if (read == read_.end() || read->second < part.size) RETURN_IF_ERROR(read_part(part));
        done += part.size.value();
    }
    paths_.settle();
    runs_.settle();
    return {};
}

Status NamedArtifacts::read_part(const log::PartInfo& part) {
    ByteOffset& from = read_.try_emplace(part.id, ByteOffset(0)).first->second;
    ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source_, part.id, from));
    while (true) {
        ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
        if (line == nullptr) break;
        see(*line, part);
        ++lines_;
    }
    from = reader.offset();
    return {};
}

void NamedArtifacts::see(const log::Line& line, const log::PartInfo& part) {
    const std::optional<json::Envelope> event = envelopes_.read(line.text);
    if (event && part.archived && retained_.is_left(*event, part.id.day)) {
        // The tree that a summary's run started from is part of the summary.
        if (event->event_type == "run.environment" || event->event_type == "run.created") {
            add_paths(line.text);
        }
        return;
    }
    if (event) {
        see_run(event->run_id);
    } else if (const std::size_t at = line.text.find(kRunId); at != std::string_view::npos) {
        see_run(rest_of_string(line.text.substr(at + kRunId.size())));
    }
    add_paths(line.text);
}

void NamedArtifacts::see_run(std::string_view run_id) {
    if (run_id == last_run_) return;
    last_run_ = run_id;
    const Result<std::string> name = ledger::run_directory_name(run_id);
    if (name) runs_.add(*name);
}

void NamedArtifacts::add_paths(std::string_view text) {
    each_path_in_text(text, [&](std::string path) {
        while (path.ends_with('/')) path.pop_back();
        paths_.add(path);
    });
}

bool NamedArtifacts::names(std::string_view path) const {
    // "artifacts/runs" names nothing: an event that has it means no file of one run.
    constexpr std::size_t kLevelsMin = 2;
    while (std::count(path.begin(), path.end(), '/') >= std::ptrdiff_t{kLevelsMin}) {
        if (paths_.contains(path)) return true;
        path = path.substr(0, path.rfind('/'));
    }
    return false;
}

}  // namespace daybook::lifecycle
