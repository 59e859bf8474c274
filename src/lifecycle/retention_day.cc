#include "lifecycle/retention_day.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "archive/manifest_file.h"
#include "archive/retained_days.h"
#include "base/hash.h"
#include "lifecycle/archive_scan.h"
#include "lifecycle/skeleton.h"
#include "lifecycle/trash.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::lifecycle {
namespace {

using Object = nlohmann::ordered_json;

// Stands for all ranges that were removed, so that a manifest can be held against the event: a line
// each, "part offset length sha256".
std::string hash_of_ranges(const std::vector<archive::RewrittenFile>& files) {
    Sha256 hash;
    for (const archive::RewrittenFile& file : files) {
        for (const auto& [part, range] : file.removed) {
            hash.update(fmt::format("{} {} {} {}\n", to_string(part), range.offset.value(),
                                    range.length, range.sha256));
        }
    }
    return to_hex(hash.finish());
}

}  // namespace

GoingRuns::GoingRuns(const RetentionJournal& journal) : journal_(journal) {
    for (std::size_t i = 0; i < journal.runs.size(); ++i) positions_.emplace(journal.runs[i], i);
}

bool GoingRuns::goes(std::string_view run_id, std::string_view event_type, std::size_t* run) const {
    const auto found = positions_.find(run_id);
    if (found == positions_.end()) return false;
    *run = found->second;
    return journal_.summaries == Summaries::kDrop || !is_skeleton(event_type);
}

Result<bool> DayRetention::has_something_to_go(const archive::Manifest& manifest,
                                               const archive::ArchiveFile& file) {
    bool found = false;
    RETURN_IF_ERROR(scan_archive(
        connection_, layout_, manifest, file, [&](const ScannedEvent& event) -> Status {
            std::size_t run = 0;
            found = found || runs_.goes(event.run_id, event.event_type, &run);
            return {};
        }));
    return found;
}

Result<archive::RewrittenFile> DayRetention::rewrite(const archive::Manifest& manifest,
                                                     const archive::ArchiveFile& file, Cuts& cuts) {
    const auto removes = [&](const archive::ArchivedEvent& event) {
        std::size_t run = 0;
        if (!runs_.goes(event.run_id, event.event_type, &run)) return false;
        Cut& cut = cuts[run];
        ++cut.events;
        cut.bytes += event.bytes;
        return true;
    };
    ASSIGN_OR_RETURN(const archive::FileNumber number,
                     archive::next_file_number(layout_, manifest));
    ASSIGN_OR_RETURN(archive::RewrittenFile rewritten,
                     archive::rewrite_file(layout_, manifest, file, number, removes));
    os::kill_point(os::KillPoint::kRetainFileWritten);
    if (rewritten.file) {
        const std::string path = layout_.file_path(manifest.day, rewritten.file->name);
        RETURN_IF_ERROR(os::rename(path + std::string(archive::kUnfinished), path));
        RETURN_IF_ERROR(os::sync_dir(layout_.day_dir(manifest.day)));
    }
    os::kill_point(os::KillPoint::kRetainFileNamed);
    return rewritten;
}

// The events that say what goes, and the manifest's word that they do.
Status DayRetention::record_all(const JournalDay& day, const Cuts& cuts,
                                const std::vector<archive::RewrittenFile>& rewritten,
                                archive::Manifest& manifest, const Record& record) const {
    std::vector<std::size_t> positions;
    for (const auto& [run, cut] : cuts) positions.push_back(run);
    std::sort(positions.begin(), positions.end());
    const std::string ranges = hash_of_ranges(rewritten);
    const std::size_t batches = day.event_ids.size();
    for (std::size_t batch = 0; batch < batches; ++batch) {
        const std::size_t begin = std::min(batch * kRunsAnEventMax, positions.size());
        const std::size_t end = batch + 1 == batches
                                    ? positions.size()
                                    : std::min(begin + kRunsAnEventMax, positions.size());
        Cut sum;
        std::vector<std::string> runs;
        for (const std::size_t run : std::span(positions).subspan(begin, end - begin)) {
            runs.push_back(journal_.runs[run]);
            sum.events += cuts.at(run).events;
            sum.bytes += cuts.at(run).bytes;
        }
        Object event;
        event["event_type"] = "ledger.retained";
        event["event_id"] = day.event_ids[batch];
        event["timestamp_ms"] = journal_.at.value();
        event["run_id"] = "_ledger";
        event["first_day"] = event["last_day"] = to_string(day.day);
        event["events"] = sum.events;
        event["bytes"] = sum.bytes;
        if (!journal_.reason.empty()) event["reason"] = journal_.reason;
        if (!journal_.author.empty()) event["author"] = journal_.author;
        event["summaries"] = to_string(journal_.summaries);
        event["runs"] = runs;
        event["ranges_sha256"] = ranges;
        if (batches > 1) {
            event["batch"] = batch + 1;
            event["batches"] = batches;
        }
        RETURN_IF_ERROR(record(day.event_ids[batch],
                               event.dump(-1, ' ', false, Object::error_handler_t::replace)));
        manifest.retained.push_back(
            {.event_id = day.event_ids[batch],
             .at = to_iso8601(journal_.at),
             .runs = std::move(runs),
             .summaries = std::string(to_string(journal_.summaries)),
             .other = archive::encode_retained_days(journal_.days_of_runs)});
    }
    return {};
}

Result<DayRetained> DayRetention::run(const JournalDay& day, const Record& record) {
    DayRetained retained;
    ASSIGN_OR_RETURN(const auto found, archive::read_manifest(layout_, day.day));
    if (!found) {
        return fail(ErrorCode::kCorrupt, "retain: {} is gone; put it back from a backup",
                    layout_.manifest_path(day.day));
    }
    archive::Manifest manifest = *found;
    const bool is_done = std::any_of(
        manifest.retained.begin(), manifest.retained.end(),
        [&](const archive::Retained& entry) { return entry.event_id == day.event_ids.front(); });
    if (is_done) return retained;

    Cuts cuts;
    std::vector<std::string> old;
    std::vector<archive::RewrittenFile> rewritten;
    for (const archive::ArchiveFile& file : found->files) {
        ASSIGN_OR_RETURN(const bool has_some, has_something_to_go(manifest, file));
        if (!has_some) continue;
        ASSIGN_OR_RETURN(archive::RewrittenFile left, rewrite(manifest, file, cuts));
        manifest = archive::with_rewritten(std::move(manifest), file, left);
        old.push_back(file.name);
        retained.events += left.totals.events_removed;
        retained.bytes += left.totals.bytes_removed;
        const std::uint64_t bytes_left = left.file ? left.file->bytes : 0;
        retained.disk_bytes += file.bytes - std::min(file.bytes, bytes_left);
        rewritten.push_back(std::move(left));
    }
    if (rewritten.empty()) return retained;
    RETURN_IF_ERROR(record_all(day, cuts, rewritten, manifest, record));
    os::kill_point(os::KillPoint::kRetainEventAppended);
    RETURN_IF_ERROR(archive::write_manifest(layout_, manifest));
    os::kill_point(os::KillPoint::kRetainManifestWritten);
    TrashEntry trash(dir_, clock_);
    for (const std::string& name : old) {
        RETURN_IF_ERROR(trash.move(layout_.file_path(day.day, name)));
        os::kill_point(os::KillPoint::kRetainFileMoved);
    }
    os::kill_point(os::KillPoint::kRetainDayDone);
    return retained;
}

}  // namespace daybook::lifecycle
