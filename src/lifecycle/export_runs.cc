#include "lifecycle/export_runs.h"

#include <fcntl.h>

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "archive/log_source.h"
#include "base/calendar.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "json/envelope.h"
#include "ledger/artifact_layout.h"
#include "ledger/event_line.h"
#include "ledger/file_hash.h"
#include "ledger/manifest.h"
#include "ledger/type_registry.h"
#include "lifecycle/artifact_names.h"
#include "lifecycle/artifact_places.h"
#include "lifecycle/bundle_writer.h"
#include "log/scan.h"
#include "os/beneath.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::size_t kNotesMax = 100;
constexpr std::uint64_t kLinesAStep = 4096;

// The events, uncompressed, in a file that no name leads to: the manifest, which comes first, says
// how many bytes they are.
class EventsFile {
public:
    static Result<EventsFile> open(const std::string& beside) {
        EventsFile file;
        file.path_ = fmt::format("{}.events-{:016x}", beside, random_seed());
        ASSIGN_OR_RETURN(file.fd_, os::open_fd(file.path_, O_RDWR | O_CREAT | O_EXCL));
        RETURN_IF_ERROR(os::remove_file(file.path_));
        return file;
    }

    Status add(std::string_view line) {
        buffer_.append(line);
        buffer_.push_back('\n');
        return buffer_.size() < kBufferBytes ? Status() : write();
    }
    Result<BundleFile> finish() {
        RETURN_IF_ERROR(write());
        return BundleFile{.path = std::string(kBundleEventsName),
                          .bytes = bytes_,
                          .sha256 = to_hex(hash_.finish())};
    }
    int fd() const { return fd_.get(); }
    const std::string& path() const { return path_; }

private:
    Status write() {
        os::WriteOutcome outcome = os::write_all(fd_.get(), buffer_, path_);
        if (outcome.error) return fail(std::move(*outcome.error));
        hash_.update(buffer_);
        bytes_ += buffer_.size();
        buffer_.clear();
        return {};
    }

    os::UniqueFd fd_{};
    std::string path_{};
    std::string buffer_{};
    Sha256 hash_{};
    std::uint64_t bytes_ = 0;
};

class RunsExport {
public:
    RunsExport(const ledger::LedgerDir& dir, const std::set<std::string>& runs, std::string path,
               const ExportOptions& options)
        : dir_(dir), runs_(runs), path_(std::move(path)), options_(options) {}

    Result<ExportReport> run() {
        ASSIGN_OR_RETURN(const ledger::Manifest manifest, ledger::read_manifest(dir_));
        // Before anything is read: whether the bundle can be written there at all.
        ASSIGN_OR_RETURN(const std::unique_ptr<BundleWriter> bundle,
                         BundleWriter::open(path_, options_.replace, options_.limits));
        ASSIGN_OR_RETURN(EventsFile events, EventsFile::open(path_));
        ASSIGN_OR_RETURN(schema::Registry types, ledger::read_registry(dir_));
        types_.emplace(std::move(types));
        RETURN_IF_ERROR(read_log(events));
        for (const std::string& run : runs_) {
            if (!seen_.contains(run)) {
                return fail(ErrorCode::kNotFound, "export: the log has no event of run {}",
                            printable(run));
            }
        }
        BundleManifest list{.ledger_id = manifest.ledger_id,
                            .exported_at = to_iso8601(options_.clock->now()),
                            .runs = {runs_.begin(), runs_.end()},
                            .events = report_.events};
        RETURN_IF_ERROR(add_types(list));
        RETURN_IF_ERROR(add_files(list));
        ASSIGN_OR_RETURN(BundleFile events_member, events.finish());
        list.files.push_back(std::move(events_member));
        RETURN_IF_ERROR(write(list, events, *bundle));
        finish_report(list, *bundle);
        return std::move(report_);
    }

private:
    Status read_log(EventsFile& events) {
        const log::LogSource source = archive::log_source(dir_);
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source));
        std::uint64_t total = 0;
        for (const log::PartInfo& part : parts) total += part.size.value();
        std::uint64_t done = 0;
        for (const log::PartInfo& part : parts) {
            ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source, part.id));
            for (std::uint64_t lines = 0;; ++lines) {
                ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
                if (line == nullptr) break;
                RETURN_IF_ERROR(take(*line, events));
                if (lines % kLinesAStep != 0) continue;
                RETURN_IF_ERROR(step(done + reader.offset().value(), total));
            }
            done += part.size.value();
            RETURN_IF_ERROR(step(done, total));
        }
        return {};
    }

    Status step(std::uint64_t done, std::uint64_t total) const {
        if (!options_.progress || options_.progress(done, total)) return {};
        return fail(ErrorCode::kCancelled, "export: stopped; nothing was written");
    }

    Status take(const log::Line& line, EventsFile& events) {
        const std::optional<json::Envelope> event = ledger::event_of(line, envelopes_);
        if (!event) return {};
        const auto run = runs_.find(std::string(event->run_id));
        if (run == runs_.end()) return {};
        seen_.insert(*run);
        ++report_.events;
        check(line, *event);
        if (options_.artifacts) {
            names_.each(event->event_type, line,
                        [&](const NamedFile& file) { files_.insert(file.path); });
        }
        return events.add(line.text);
    }

    // Another tool may have written what Daybook would not have taken: it is kept as it is, and
    // whoever exports it learns that an import will refuse it.
    void check(const log::Line& line, const json::Envelope& event) {
        text_.assign(line.body);
        text_ += '}';
        const auto checked = types_->check(text_, event.timestamp, scratch_);
        if (!checked) {
            note(fmt::format("event {}: {}; no import takes it", event.event_id,
                             checked.error().message()));
            return;
        }
        used_types_.emplace(checked->type);
    }

    void note(std::string text) {
        if (report_.notes.size() < kNotesMax) report_.notes.push_back(std::move(text));
    }

    // All versions of a type: later ones build on earlier ones.
    Status add_types(BundleManifest& list) const {
        for (const schema::TypeInfo& type : types_->list()) {
            if (type.built_in || !used_types_.contains(type.name)) continue;
            ASSIGN_OR_RETURN(std::string text, types_->show(type.name, type.version));
            list.types.push_back(std::move(text));
        }
        return {};
    }

    Status add_files(BundleManifest& list) {
        std::set<std::string, std::less<>> directories;
        for (const std::string& run : runs_) {
            ASSIGN_OR_RETURN(std::string name, ledger::run_directory_name(run));
            directories.insert(std::move(name));
        }
        for (const std::string& path : files_) {
            // Absolute ones are of the machine, and stay there.
            if (path.starts_with('/')) continue;
            if (const Status place = check_place_of_runs(path, directories); !place) {
                note(place.error().message() + "; it is left out");
                continue;
            }
            ASSIGN_OR_RETURN(std::optional<BundleFile> file, look_at(path));
            if (file) list.files.push_back(std::move(*file));
        }
        return {};
    }

    // No link below artifacts/ is followed: what it leads to is not the run's to give away.
    Result<os::UniqueFd> open(const std::string& path) const {
        return os::open_beneath(dir_.artifacts_dir(),
                                std::string_view(path).substr(path.find('/') + 1));
    }

    Result<std::optional<BundleFile>> look_at(const std::string& path) {
        const std::string file = os::join_path(dir_.root(), path);
        const Result<os::UniqueFd> fd = open(path);
        if (!fd && (fd.error().code() == ErrorCode::kNotFound ||
                    fd.error().code() == ErrorCode::kInvalidArgument)) {
            note(fmt::format("{}: {}; it is left out", printable(path, 200),
                             fd.error().code() == ErrorCode::kNotFound ? "it is not there any more"
                                                                       : fd.error().message()));
            return std::nullopt;
        }
        if (!fd) return fail(fd.error());
        ASSIGN_OR_RETURN(ledger::FileHash hash, ledger::hash_file(fd->get(), file));
        if (const std::string content = content_of_place(path);
            !content.empty() && content != hash.sha256) {
            ++report_.damaged_files;
            note(fmt::format("{}: its content is not what its name says; it is left out",
                             printable(path, 200)));
            return std::nullopt;
        }
        return BundleFile{.path = path, .bytes = hash.bytes, .sha256 = std::move(hash.sha256)};
    }

    Status write(const BundleManifest& list, const EventsFile& events, BundleWriter& bundle) const {
        RETURN_IF_ERROR(bundle.write_manifest(list));
        for (const BundleFile& file : list.files) {
            if (file.path == kBundleEventsName) {
                RETURN_IF_ERROR(bundle.write_file(file, events.fd(), events.path()));
                continue;
            }
            const std::string path = os::join_path(dir_.root(), file.path);
            ASSIGN_OR_RETURN(const os::UniqueFd fd, open(file.path));
            RETURN_IF_ERROR(bundle.write_file(file, fd.get(), path));
        }
        return bundle.finish();
    }

    void finish_report(const BundleManifest& list, const BundleWriter& bundle) {
        report_.runs = list.runs.size();
        report_.files = list.files.size() - 1;
        for (const BundleFile& file : list.files) {
            if (file.path != kBundleEventsName) report_.file_bytes += file.bytes;
        }
        report_.bytes = bundle.bytes();
        report_.sha256 = bundle.sha256();
    }

    ledger::LedgerDir dir_;
    const std::set<std::string>& runs_;
    std::string path_;
    const ExportOptions& options_;
    ExportReport report_{};
    std::optional<schema::Registry> types_{};
    schema::Scratch scratch_{};
    json::EnvelopeReader envelopes_{};
    ArtifactNames names_{};
    std::string text_{};
    std::set<std::string, std::less<>> seen_{};  // runs
    std::set<std::string, std::less<>> used_types_{};
    std::set<std::string> files_{};
};

}  // namespace

Result<ExportReport> export_runs(const ledger::LedgerDir& dir, const std::set<std::string>& runs,
                                 const std::string& path, const ExportOptions& options) {
    return RunsExport(dir, runs, path, options).run();
}

}  // namespace daybook::lifecycle
