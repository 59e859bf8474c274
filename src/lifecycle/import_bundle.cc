#include "lifecycle/import_bundle.h"

#include <fcntl.h>

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "archive/log_source.h"
#include "base/hash.h"
#include "ledger/manifest.h"
#include "ledger/type_registry.h"
#include "lifecycle/bundle_intake.h"
#include "lifecycle/import_journal.h"
#include "lifecycle/lifecycle_lock.h"
#include "lifecycle/retention.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

class BundleImport {
public:
    BundleImport(const ledger::LedgerDir& dir, std::string path, const ImportBundleOptions& options)
        : dir_(dir), path_(std::move(path)), options_(options) {}

    Result<ImportBundleReport> run() {
        RETURN_IF_ERROR(open());
        const Result<ImportBundleReport> report = options_.dry_run ? ask() : take();
        if (report) return *report;
        return fail(report.error().with_context(fmt::format("import {}", path_)));
    }

private:
    Status open() {
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path_));
        if (!info) {
            return fail(ErrorCode::kNotFound, "import {}: there is no such file", path_);
        }
        if (!info->is_regular) {
            return fail(ErrorCode::kInvalidArgument,
                        "import {}: it is {}, expected a file: a bundle is read twice", path_,
                        info->is_directory ? "a directory" : "a pipe or a device");
        }
        bytes_ = info->size.value();
        ASSIGN_OR_RETURN(fd_, os::open_fd(path_, O_RDONLY));
        RETURN_IF_ERROR(ledger::check_format(dir_));
        ASSIGN_OR_RETURN(schema::Registry types, ledger::read_registry(dir_));
        types_.emplace(std::move(types));
        rules_.now = options_.clock->now();
        return {};
    }

    // Asks what the ledger has, and refuses what may not come again.
    Status look(const std::vector<std::string>& runs) {
        RETURN_IF_ERROR(wanted_.look(archive::log_source(dir_)));
        if (options_.again) return {};
        ASSIGN_OR_RETURN(const RemovedRuns removed, removed_runs(dir_));
        return check_not_removed(runs, removed, wanted_);
    }

    Result<ImportBundleReport> ask() {
        BundleIntake check(IntakeMode::kCheck, *types_, rules_, nullptr, nullptr, &wanted_);
        RETURN_IF_ERROR(read(check).map([](const auto&) {}));
        RETURN_IF_ERROR(look(check.read_manifest().runs));
        IncomingEvents events(archive::log_source(dir_), nullptr);
        events.ask(&wanted_);
        ArtifactPlacer placer(dir_);
        BundleIntake intake(IntakeMode::kAsk, *types_, rules_, &events, &placer, &wanted_);
        ASSIGN_OR_RETURN(std::string sha256, read(intake));
        return report_of(intake, events, std::move(sha256));
    }

    Result<ImportBundleReport> take() {
        BundleIntake check(IntakeMode::kCheck, *types_, rules_, nullptr, nullptr, &wanted_);
        ASSIGN_OR_RETURN(const std::string sha256, read(check));
        // Now that all of it is known to be good.
        RETURN_IF_ERROR(os::make_dirs(dir_.root()));
        ASSIGN_OR_RETURN(const os::LockFile lock, take_lifecycle_lock(dir_, options_.wait_ms));
        // Whoever holds the lock finishes what another one has begun.
        RETURN_IF_ERROR(finish_retention(dir_, *options_.clock).map([](const auto&) {}));
        // Not before: that one, or one that was under way while the bundle was read, may have
        // removed runs of it.
        RETURN_IF_ERROR(look(check.read_manifest().runs));
        ASSIGN_OR_RETURN(const std::unique_ptr<ledger::EventLog> log,
                         ledger::EventLog::open(dir_, {.clock = options_.clock}));
        ASSIGN_OR_RETURN(ImportJournal journal, ImportJournal::open(dir_, sha256, *options_.clock));
        RETURN_IF_ERROR(journal.begin());
        for (const std::string& schema : check.new_schemas()) {
            RETURN_IF_ERROR(ledger::register_type(dir_, schema).map([](const auto&) {}));
        }
        ASSIGN_OR_RETURN(ImportBundleReport report, write(*log, sha256));
        report.types = check.new_types();
        RETURN_IF_ERROR(record(*log, journal, report));
        RETURN_IF_ERROR(journal.end());
        return report;
    }

    Result<ImportBundleReport> write(ledger::EventLog& log, const std::string& sha256) {
        IncomingEvents events(archive::log_source(dir_), &log);
        events.ask(&wanted_);
        ArtifactPlacer placer(dir_);
        BundleIntake intake(IntakeMode::kWrite, *types_, rules_, &events, &placer, &wanted_);
        ASSIGN_OR_RETURN(std::string read_again, read(intake));
        if (read_again != sha256) {
            return fail(ErrorCode::kCorrupt,
                        "it was changed while it was read; what is written of it has been checked "
                        "and stays");
        }
        // Files come before events in a bundle: no event says what may not be there.
        RETURN_IF_ERROR(placer.sync());
        RETURN_IF_ERROR(events.flush());
        RETURN_IF_ERROR(log.sync());
        return report_of(intake, events, std::move(read_again));
    }

    // Reads all of it; the SHA-256 of its bytes.
    Result<std::string> read(BundleIntake& intake) {
        Sha256 hash;
        ReadBytes file = read_from(fd_.get(), path_);
        const std::uint64_t total = 2 * bytes_;
        const ReadBytes source = [&](std::span<char> out) -> Result<std::size_t> {
            ASSIGN_OR_RETURN(const std::size_t got, file(out));
            hash.update({out.data(), got});
            done_ += got;
            if (!options_.progress || options_.progress(done_, total)) return got;
            return fail(ErrorCode::kCancelled,
                        "stopped; what is written stays, and the next import goes on from there");
        };
        RETURN_IF_ERROR(read_bundle(source, bytes_, intake, options_.limits));
        RETURN_IF_ERROR(intake.end());
        return to_hex(hash.finish());
    }

    ImportBundleReport report_of(const BundleIntake& intake, const IncomingEvents& events,
                                 std::string sha256) {
        const BundleManifest& manifest = intake.read_manifest();
        return {.ledger_id = manifest.ledger_id,
                .exported_at = manifest.exported_at,
                .runs = manifest.runs,
                .bytes = bytes_,
                .sha256 = std::move(sha256),
                .events = events.report(),
                .artifacts = intake.placed(),
                .types = intake.new_types(),
                .extended_runs = {intake.extended_runs().begin(), intake.extended_runs().end()},
                .deleted_runs = wanted_.deleted_runs().list(),
                .notes = intake.notes()};
    }

    Status record(ledger::EventLog& log, const ImportJournal& journal,
                  ImportBundleReport& report) const {
        ASSIGN_OR_RETURN(const std::optional<ImportJournal::Event> event,
                         journal.record(log, {.source = os::canonical_path(path_),
                                              .source_ledger_id = report.ledger_id,
                                              .sha256 = report.sha256,
                                              .runs = report.runs.size(),
                                              .events = report.events,
                                              .artifacts = report.artifacts}));
        if (event) report.event_id = event->id;
        return {};
    }

    ledger::LedgerDir dir_;
    std::string path_;
    const ImportBundleOptions& options_;
    std::optional<schema::Registry> types_{};  // of the ledger, before the import
    IntakeRules rules_{};
    WantedIds wanted_{};
    os::UniqueFd fd_{};
    std::uint64_t bytes_ = 0;
    std::uint64_t done_ = 0;
};

}  // namespace

Result<ImportBundleReport> import_bundle(const ledger::LedgerDir& dir, const std::string& path,
                                         const ImportBundleOptions& options) {
    return BundleImport(dir, path, options).run();
}

}  // namespace daybook::lifecycle
