#include "lifecycle/retention_day.h"

#include <algorithm>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "archive/manifest_file.h"
#include "archive/removed_ranges.h"
#include "archive/retained_days.h"
#include "json/encode_event.h"
#include "ledger/retained_events.h"
#include "lifecycle/archive_scan.h"
#include "lifecycle/skeleton.h"
#include "lifecycle/trash.h"
#include "os/file.h"
#include "os/kill_point.h"

namespace daybook::lifecycle {
namespace {

using Object = nlohmann::ordered_json;

// How many events say that so many runs have gone, of those whose ids the journal has: a hold may
// have kept runs since they were made, and what an event announces must come.
std::size_t batches_of(std::size_t runs, std::size_t event_ids) {
    const std::size_t needed = (runs + kRunsAnEventMax - 1) / kRunsAnEventMax;
    return std::clamp<std::size_t>(needed, 1, event_ids);
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

Result<std::uint64_t> DayRetention::count_what_goes(const archive::Manifest& manifest,
                                                    const archive::ArchiveFile& file) {
    std::uint64_t count = 0;
    RETURN_IF_ERROR(scan_archive(connection_, layout_, manifest, file,
                                 [&](const ScannedEvent& event) -> Status {
                                     std::size_t run = 0;
                                     if (runs_.goes(event.run_id, event.event_type, &run)) ++count;
                                     return {};
                                 }));
    return count;
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

std::vector<DayRetention::Event> DayRetention::describe(
    const JournalDay& day, Prepared& prepared, const std::vector<std::string>& replaces) const {
    std::vector<Event> events;
    const Cuts& cuts = prepared.cuts;
    std::vector<std::size_t> positions;
    for (const auto& [run, cut] : cuts) positions.push_back(run);
    std::sort(positions.begin(), positions.end());
    const std::string ranges =
        archive::removed_by(prepared.manifest, day.event_ids.front()).ranges_sha256;
    const std::string left = archive::left_sha256(prepared.manifest);
    const std::size_t batches = batches_of(positions.size(), day.event_ids.size());
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
        event["event_type"] = ledger::kRetainedType;
        event["event_id"] = day.event_ids[batch];
        event["timestamp_ms"] = journal_.at.value();
        event["run_id"] = json::kLedgerRunId;
        event["first_day"] = event["last_day"] = to_string(day.day);
        event["events"] = sum.events;
        event["bytes"] = sum.bytes;
        if (!journal_.reason.empty()) event["reason"] = journal_.reason;
        if (!journal_.author.empty()) event["author"] = journal_.author;
        event["summaries"] = to_string(journal_.summaries);
        event["runs"] = runs;
        event["ranges_sha256"] = ranges;
        event["left_sha256"] = left;
        if (batches > 1) {
            event["batch"] = batch + 1;
            event["batches"] = batches;
        }
        if (!replaces.empty()) event["replaces"] = replaces;
        events.push_back(
            {day.event_ids[batch], event.dump(-1, ' ', false, Object::error_handler_t::replace)});
        prepared.manifest.retained.push_back(
            {.event_id = day.event_ids[batch],
             .at = to_iso8601(journal_.at),
             .runs = std::move(runs),
             .summaries = std::string(to_string(journal_.summaries)),
             .other = archive::encode_retained_days(journal_.days_of_runs)});
    }
    return events;
}

Result<DayRetention::Prepared> DayRetention::prepare(const JournalDay& day) {
    ASSIGN_OR_RETURN(auto found, archive::read_manifest(layout_, day.day));
    if (!found) {
        return fail(ErrorCode::kNotFound, "retain: {} is gone; put it back from a backup",
                    layout_.manifest_path(day.day));
    }
    Prepared prepared{.manifest = std::move(*found)};
    if (const Status done = prepare_files(day, prepared); !done) {
        (void)discard(prepared);
        return fail(done.error());
    }
    return prepared;
}

Status DayRetention::prepare_files(const JournalDay& day, Prepared& prepared) {
    for (const archive::ArchiveFile& file : std::vector(prepared.manifest.files)) {
        ASSIGN_OR_RETURN(const std::uint64_t expected, count_what_goes(prepared.manifest, file));
        if (expected == 0) continue;
        ASSIGN_OR_RETURN(archive::RewrittenFile left,
                         rewrite(prepared.manifest, file, prepared.cuts));
        archive::name_retention(left, day.event_ids.front());
        const std::uint64_t removed = left.totals.events_removed;
        prepared.manifest = archive::with_rewritten(std::move(prepared.manifest), file, left);
        prepared.old.push_back(file.name);
        prepared.retained.events += removed;
        prepared.retained.bytes += left.totals.bytes_removed;
        const std::uint64_t bytes_left = left.file ? left.file->bytes : 0;
        prepared.retained.disk_bytes += file.bytes - std::min(file.bytes, bytes_left);
        prepared.rewritten.push_back(std::move(left));
        if (removed == expected) continue;
        return fail(ErrorCode::kCorrupt,
                    "retain: {}: {} of its lines would go, and {} by their columns; 'daybook "
                    "verify --deep' looks at all files",
                    layout_.file_path(prepared.manifest.day, file.name), removed, expected);
    }
    return {};
}

Status DayRetention::discard(const Prepared& prepared) {
    for (const archive::RewrittenFile& rewritten : prepared.rewritten) {
        if (!rewritten.file) continue;
        RETURN_IF_ERROR(
            os::remove_file(layout_.file_path(prepared.manifest.day, rewritten.file->name)));
    }
    return {};
}

Result<DayRetained> DayRetention::commit(const JournalDay& day, Prepared prepared,
                                         const std::vector<std::string>& replaces,
                                         const Record& record) {
    if (prepared.rewritten.empty()) return prepared.retained;
    const std::vector<Event> events = describe(day, prepared, replaces);
    if (const Status fits = archive::check_manifest_size(layout_, prepared.manifest); !fits) {
        (void)discard(prepared);
        return fail(fits.error());
    }
    // The next attempt writes files of its own: if these stayed, each would cost a day's room.
    if (const Status recorded = record_all(events, record); !recorded) {
        (void)discard(prepared);
        return fail(recorded.error());
    }
    os::kill_point(os::KillPoint::kRetainEventAppended);
    ASSIGN_OR_RETURN(const std::uint64_t manifest_before, manifest_bytes(day.day));
    RETURN_IF_ERROR(put_in_force(prepared));
    ASSIGN_OR_RETURN(const std::uint64_t manifest_after, manifest_bytes(day.day));
    // What says what went takes room as well.
    const std::uint64_t more = manifest_after - std::min(manifest_after, manifest_before);
    prepared.retained.disk_bytes -= std::min(prepared.retained.disk_bytes, more);
    os::kill_point(os::KillPoint::kRetainManifestWritten);
    TrashEntry trash(dir_, clock_);
    for (const std::string& name : prepared.old) {
        RETURN_IF_ERROR(trash.move(layout_.file_path(day.day, name)));
        os::kill_point(os::KillPoint::kRetainFileMoved);
    }
    os::kill_point(os::KillPoint::kRetainDayDone);
    return prepared.retained;
}

Result<std::uint64_t> DayRetention::manifest_bytes(Day day) const {
    ASSIGN_OR_RETURN(const auto info, os::file_info(layout_.manifest_path(day)));
    return info ? info->size.value() : 0;
}

Status DayRetention::record_all(const std::vector<Event>& events, const Record& record) {
    for (const Event& event : events) RETURN_IF_ERROR(record(event.event_id, event.text));
    return {};
}

Status DayRetention::put_in_force(const Prepared& prepared) {
    Status written = archive::write_manifest(layout_, prepared.manifest);
    if (written) return {};
    // Its name may not be durable; but if it is the name, its files are the day's.
    const auto in_force = archive::read_manifest(layout_, prepared.manifest.day);
    if (!in_force || !*in_force) return written;
    const bool is_named = std::any_of(
        prepared.rewritten.begin(), prepared.rewritten.end(), [&](const auto& rewritten) {
            return rewritten.file && (*in_force)->find_file(rewritten.file->name) != nullptr;
        });
    if (!is_named) (void)discard(prepared);
    return written;
}

Result<bool> is_done(const ledger::LedgerDir& dir, const JournalDay& day) {
    ASSIGN_OR_RETURN(const auto manifest,
                     archive::read_manifest(archive::ArchiveLayout(dir), day.day));
    if (!manifest) return false;
    return std::any_of(
        manifest->retained.begin(), manifest->retained.end(),
        [&](const archive::Retained& entry) { return entry.event_id == day.event_ids.front(); });
}

}  // namespace daybook::lifecycle
