#include "lifecycle/merge.h"

#include <memory>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "archive/archive_layout.h"
#include "archive/archive_reader.h"
#include "archive/log_source.h"
#include "base/calendar.h"
#include "base/hash.h"
#include "base/text.h"
#include "json/envelope.h"
#include "ledger/event_line.h"
#include "ledger/manifest.h"
#include "ledger/seal.h"
#include "ledger/type_registry.h"
#include "lifecycle/artifact_names.h"
#include "lifecycle/import_journal.h"
#include "lifecycle/lifecycle_lock.h"
#include "lifecycle/merge_files.h"
#include "lifecycle/merge_state.h"
#include "lifecycle/missing_parts.h"
#include "lifecycle/retention.h"
#include "lifecycle/skeleton.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

constexpr std::uint64_t kLinesAStep = 8192;
constexpr std::size_t kNameDigits = 32;

// A part of the source, and where to begin with it.
struct PartToRead {
    log::PartId id;
    log::Cursor cursor{};
    std::string seal_sha256{};       // of a part that can no longer grow
    std::uint64_t sealed_bytes = 0;  // of it
    bool archived = false;
};

class Merge {
public:
    Merge(const ledger::LedgerDir& dir, const ledger::LedgerDir& source,
          const MergeOptions& options)
        : dir_(dir),
          from_(source),
          options_(options),
          archives_(std::make_shared<const archive::ArchiveReader>(
              source, archive::ArchiveReader::Damaged::kSkip)),
          log_source_(source.layout(), archives_),
          files_(dir, source, options.dry_run, *options.clock) {}

    Result<MergeReport> run() {
        RETURN_IF_ERROR(look_at_source());
        RETURN_IF_ERROR(look_at_archives());
        RETURN_IF_ERROR(look_for_holes());
        std::optional<os::LockFile> lock;
        std::unique_ptr<ledger::EventLog> log;
        if (!options_.dry_run) {
            RETURN_IF_ERROR(os::make_dirs(dir_.root()));
            ASSIGN_OR_RETURN(lock, take_lifecycle_lock(dir_, options_.wait_ms));
            // Whoever holds the lock finishes what another one has begun.
            RETURN_IF_ERROR(finish_retention(dir_, *options_.clock).map([](const auto&) {}));
            ASSIGN_OR_RETURN(log, ledger::EventLog::open(dir_, {.clock = options_.clock}));
        }
        // Not before: until then a retention may remove more.
        if (!options_.again) {
            ASSIGN_OR_RETURN(removed_runs_, removed_runs(dir_));
        }
        events_.emplace(archive::log_source(dir_), log.get(), [this] { return files_.sync(); });
        ASSIGN_OR_RETURN(const std::vector<PartToRead> parts, plan());
        RETURN_IF_ERROR(take_types());
        ASSIGN_OR_RETURN(ImportJournal journal, ImportJournal::open(dir_, name_, *options_.clock));
        const bool has_work = !parts.empty() || !state_.missing.empty() || journal.is_resumed();
        if (log && has_work) RETURN_IF_ERROR(journal.begin());
        for (const auto& [path, file] : std::exchange(state_.missing, {})) {
            RETURN_IF_ERROR(files_.take(file));
        }
        for (const PartToRead& part : parts) RETURN_IF_ERROR(read(part));
        RETURN_IF_ERROR(events_->flush());
        finish_report();
        if (!log) return std::move(report_);
        RETURN_IF_ERROR(files_.sync());
        RETURN_IF_ERROR(log->sync());
        RETURN_IF_ERROR(record(*log, journal));
        // Last: what it says is there must not be lost.
        state_.missing = files_.wanted();
        RETURN_IF_ERROR(write_merge_state(dir_, name_, state_));
        RETURN_IF_ERROR(journal.end());
        return std::move(report_);
    }

private:
    // What its retentions have removed, and which days of its archives cannot be read: those must
    // not keep all others back.
    Status look_at_archives() {
        ASSIGN_OR_RETURN(const std::vector<Day> days,
                         archive::list_days(archive::ArchiveLayout(from_)));
        for (const Day day : days) {
            const auto manifest = archives_->manifest(day);
            if (!manifest && manifest.error().code() != ErrorCode::kCorrupt) {
                return fail(manifest.error());
            }
            if (!manifest) {
                unreadable_days_.insert(day);
                note_unreadable(to_string(day), manifest.error());
            } else if (*manifest != nullptr) {
                add_removed_runs(**manifest, removed_there_);
            }
        }
        return {};
    }

    Status look_for_holes() {
        ASSIGN_OR_RETURN(std::vector<log::PartId> missing, missing_parts(log_source_));
        report_.unreadable_parts += missing.size();
        std::erase_if(missing, [this](const log::PartId& part) {
            return unreadable_days_.contains(part.day);
        });
        if (missing.empty()) return {};
        report_.notes.push_back(
            fmt::format("{}: {}: what they have is not merged", from_.root(), to_text(missing)));
        return {};
    }

    Status look_at_source() {
        const Result<ledger::Manifest> manifest = ledger::read_manifest(from_);
        const bool is_missing = !manifest && manifest.error().code() == ErrorCode::kNotFound;
        if (!manifest && !is_missing) return fail(manifest.error());
        // A log that other tools have begun has no ledger.json.
        ASSIGN_OR_RETURN(const bool has_events, os::exists(from_.layout().events_dir()));
        if (is_missing && !has_events) {
            return fail(ErrorCode::kNotFound, "merge {}: there is no ledger here", from_.root());
        }
        if (manifest) report_.ledger_id = manifest->ledger_id;
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> ours, os::file_info(dir_.root()));
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> theirs, os::file_info(from_.root()));
        if (ours && theirs && ours->identity == theirs->identity) {
            return fail(ErrorCode::kInvalidArgument, "merge {}: it is this ledger itself",
                        from_.root());
        }
        RETURN_IF_ERROR(ledger::check_format(dir_));
        // Whatever a ledger calls itself, this is a name of a file.
        name_ = sha256_hex(manifest ? manifest->ledger_id : os::canonical_path(from_.root()))
                    .substr(0, kNameDigits);
        return {};
    }

    // Which parts have something new.
    Result<std::vector<PartToRead>> plan() {
        ASSIGN_OR_RETURN(const MergeState known, read_known_state());
        state_.event_id = known.event_id;
        state_.event_at = known.event_at;
        state_.missing = known.missing;
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(log_source_));
        report_.parts = parts.size();
        std::vector<PartToRead> to_read;
        for (const log::PartInfo& info : parts) {
            PartToRead part{.id = info.id, .cursor = {.part = info.id}, .archived = info.archived};
            RETURN_IF_ERROR(look_at_seal(part));
            const auto seal = known.seals.find(info.id);
            if (!part.seal_sha256.empty() && seal != known.seals.end() &&
                seal->second == part.seal_sha256) {
                state_.seals[info.id] = part.seal_sha256;
                carry(known, info.id);
                continue;
            }
            if (const auto cursor = known.cursors.find(info.id); cursor != known.cursors.end()) {
                ASSIGN_OR_RETURN(const std::string problem,
                                 log::cursor_problem(log_source_, cursor->second));
                if (problem.empty()) {
                    part.cursor = cursor->second;
                    carry(known, info.id);
                }
            }
            total_ += info.size - std::min(info.size, part.cursor.offset);
            if (part.cursor.offset == info.size && part.seal_sha256.empty()) {
                note_read(part, info.size);
                continue;
            }
            to_read.push_back(std::move(part));
        }
        return to_read;
    }

    void carry(const MergeState& known, const log::PartId& part) {
        const auto trouble = known.troubles.find(part);
        if (trouble == known.troubles.end()) return;
        state_.troubles[part] = trouble->second;
        report_.earlier.changed += trouble->second.changed;
        report_.earlier.damaged += trouble->second.damaged;
    }

    Result<MergeState> read_known_state() {
        // What was left out lies before the cursors.
        if (options_.again) return MergeState();
        ASSIGN_OR_RETURN(MergeState known, read_merge_state(dir_, name_));
        if (known.event_id.empty()) return known;
        ASSIGN_OR_RETURN(const bool is_there, events_->has(known.event_id, known.event_at));
        if (is_there) return known;
        report_.notes.push_back(fmt::format(
            "event {} of an earlier merge is not in the log any more: all of {} is read again",
            known.event_id, from_.root()));
        return MergeState();
    }

    // A seal that cannot be read seals nothing: the part is read like one that grows.
    Status look_at_seal(PartToRead& part) const {
        const std::string path = log_source_.layout().seal_path(part.id);
        const Result<std::string> text = os::read_file(path, ledger::kSealBytesMax);
        if (!text && text.error().code() == ErrorCode::kNotFound) return {};
        if (!text) return fail(text.error());
        const Result<ledger::Seal> seal = ledger::decode_seal(*text, path);
        if (!seal) return {};
        part.seal_sha256 = sha256_hex(*text);
        part.sealed_bytes = seal->facts.bytes;
        return {};
    }

    void note_read(const PartToRead& part, ByteOffset end) {
        // A copy may have the seal and not yet all of the part.
        const bool is_whole =
            !part.seal_sha256.empty() && (part.archived || end.value() == part.sealed_bytes);
        if (is_whole) {
            state_.seals[part.id] = part.seal_sha256;
        } else if (part.cursor.offset != ByteOffset(0)) {
            state_.cursors[part.id] = part.cursor;
        }
    }

    Status take_types() {
        ASSIGN_OR_RETURN(schema::Registry ours, ledger::read_registry(dir_));
        ASSIGN_OR_RETURN(const schema::Registry theirs, ledger::read_registry(from_));
        for (const schema::TypeInfo& type : theirs.list()) {
            if (type.built_in) continue;
            ASSIGN_OR_RETURN(const std::string text, theirs.show(type.name, type.version));
            const Result<schema::RegisterReport> report = ours.register_type(text);
            if (!report || !report->breaks.empty()) {
                report_.notes.push_back(fmt::format(
                    "type {} version {}: {}; its events come without it", type.name, type.version,
                    report ? fmt::to_string(fmt::join(report->breaks, "; "))
                           : report.error().message()));
                continue;
            }
            if (report->unchanged) continue;
            report_.types.push_back(fmt::format("{} version {}", type.name, type.version));
            if (options_.dry_run) continue;
            RETURN_IF_ERROR(ledger::register_type(dir_, text).map([](const auto&) {}));
        }
        return {};
    }

    Status read(PartToRead part) {
        Result<log::PartReader> reader =
            log::PartReader::open(log_source_, part.id, part.cursor.offset);
        // Retention has removed it since.
        if (!reader && reader.error().code() == ErrorCode::kNotFound) return {};
        if (!reader && reader.error().code() == ErrorCode::kCorrupt) {
            pass_over(part, reader.error());
            return {};
        }
        if (!reader) return fail(std::move(reader).error());
        const std::uint64_t before = report_.bytes_read;
        const ByteOffset begin = part.cursor.offset;
        const PartTrouble until_now{.changed = events_->report().changed,
                                    .damaged = report_.damaged};
        for (std::uint64_t lines = 1;; ++lines) {
            ASSIGN_OR_RETURN(const log::Line* const line, reader->next_line());
            if (line == nullptr) break;
            RETURN_IF_ERROR(take(part, *line));
            part.cursor.advance(*line);
            if (lines % kLinesAStep == 0) RETURN_IF_ERROR(step(before + (line->end() - begin)));
        }
        ++report_.parts_read;
        report_.bytes_read = before + (reader->offset() - begin);
        note_read(part, reader->offset());
        const PartTrouble more{.changed = events_->report().changed - until_now.changed,
                               .damaged = report_.damaged - until_now.damaged};
        if (more != PartTrouble()) {
            state_.troubles[part.id].changed += more.changed;
            state_.troubles[part.id].damaged += more.damaged;
        }
        return step(report_.bytes_read);
    }

    // One part must not keep all others back: a copy that was made beside an archive or a retention
    // may lack a file, and have it the next time.
    void pass_over(const PartToRead& part, const Error& error) {
        ++report_.unreadable_parts;
        if (part.cursor.offset != ByteOffset(0)) state_.cursors[part.id] = part.cursor;
        note_unreadable(to_string(part.id), error);
    }

    void note_unreadable(const std::string& name, const Error& error) {
        if (report_.notes.size() >= kListedMax) return;
        report_.notes.push_back(fmt::format(
            "{}: what it has is not merged; if {} is a copy, copy it again and merge again: {}",
            name, from_.root(), error.message()));
    }

    Status step(std::uint64_t done) const {
        if (!options_.progress || options_.progress(done, total_)) return {};
        return fail(ErrorCode::kCancelled,
                    "merge {}: stopped after {} events; what is written stays, and the next merge "
                    "goes on",
                    from_.root(), events_->report().events);
    }

    // Whether it is what the source's own retention has left of a run: the run's files may have
    // been collected there.
    bool is_left_over(const PartToRead& part, const json::Envelope& event) const {
        if (!part.archived || !is_skeleton(event.event_type)) return false;
        const auto removed = removed_there_.find(event.run_id);
        return removed != removed_there_.end() && event.timestamp <= removed->second.at;
    }

    Status take(const PartToRead& part, const log::Line& line) {
        const std::optional<json::Envelope> event = ledger::event_of(line, envelopes_);
        if (!event || !fits_line(line.body) || !has_day(event->timestamp)) {
            ++report_.damaged;
            if (report_.notes.size() < kListedMax) {
                report_.notes.push_back(
                    fmt::format("{} at offset {}: no event that a log takes; it stays there",
                                to_string(part.id), line.offset.value()));
            }
            return {};
        }
        // They speak of the source's own files.
        if (event->event_type.starts_with("ledger.")) {
            ++report_.of_source;
            return {};
        }
        // What was recorded later was never removed: the run goes on, or another has its id.
        const auto removed = removed_runs_.find(event->run_id);
        if (removed != removed_runs_.end() && event->timestamp <= removed->second.at) {
            // What a retention has left of them is here, but its files may have been collected.
            ASSIGN_OR_RETURN(const bool is_here, events_->has(event->event_id, event->timestamp));
            if (is_here) return events_->take(line.body, *event);
            ++report_.of_removed_runs;
            return {};
        }
        runs_.insert(xxh3_64(event->run_id));
        Status taken;
        const bool may_be_gone = is_left_over(part, *event);
        names_.each(event->event_type, line, [&](const NamedFile& file) {
            if (taken) taken = files_.take(file, may_be_gone);
        });
        RETURN_IF_ERROR(taken);
        return events_->take(line.body, *event);
    }

    void finish_report() {
        report_.runs = runs_.size();
        report_.events = events_->report();
        report_.artifacts = files_.report();
        report_.missing = files_.missing();
        report_.damaged_files = files_.damaged();
        for (const std::string& note : files_.notes()) {
            if (report_.notes.size() < kListedMax) report_.notes.push_back(note);
        }
        if (report_.earlier != PartTrouble()) {
            report_.notes.push_back(
                fmt::format("of what earlier merges have read there are still {} events of which "
                            "this ledger has others, and {} lines that are no events",
                            report_.earlier.changed, report_.earlier.damaged));
        }
        if (report_.of_removed_runs > 0) {
            report_.notes.push_back(
                fmt::format("{} events are of before retention removed their runs here, and are "
                            "left out; --again "
                            "takes them",
                            report_.of_removed_runs));
        }
    }

    Status record(ledger::EventLog& log, const ImportJournal& journal) {
        ASSIGN_OR_RETURN(const std::optional<ImportJournal::Event> event,
                         journal.record(log, {.source = os::canonical_path(from_.root()),
                                              .source_ledger_id = report_.ledger_id,
                                              .runs = report_.runs,
                                              .events = report_.events,
                                              .artifacts = report_.artifacts}));
        if (!event) return {};
        report_.event_id = event->id;
        state_.event_id = event->id;
        state_.event_at = event->at;
        return {};
    }

    ledger::LedgerDir dir_;
    ledger::LedgerDir from_;
    const MergeOptions& options_;
    std::shared_ptr<const archive::ArchiveReader> archives_;  // of the other ledger
    log::LogSource log_source_;                               // of the other ledger
    std::set<Day> unreadable_days_{};                         // of its archives
    std::string name_{};                                      // of its files in _imports/
    RemovedRuns removed_runs_{};                              // here
    RemovedRuns removed_there_{};                             // in the other ledger
    MergeReport report_{};
    MergeState state_{};  // as it will be
    std::optional<IncomingEvents> events_{};
    MergeFiles files_;
    ArtifactNames names_{};
    json::EnvelopeReader envelopes_{};
    std::unordered_set<std::uint64_t> runs_{};  // XXH3-64 of their ids
    std::uint64_t total_ = 0;
};

}  // namespace

Result<MergeReport> merge_ledger(const ledger::LedgerDir& dir, const ledger::LedgerDir& source,
                                 const MergeOptions& options) {
    return Merge(dir, source, options).run();
}

}  // namespace daybook::lifecycle
