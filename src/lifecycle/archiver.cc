#include "lifecycle/archiver.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/archive_writer.h"
#include "archive/manifest.h"
#include "archive/manifest_file.h"
#include "archive/read_back.h"
#include "archive/rewrite.h"
#include "base/check.h"
#include "base/hash.h"
#include "ledger/manifest.h"
#include "ledger/seal.h"
#include "lifecycle/archive_leftovers.h"
#include "lifecycle/lifecycle_lock.h"
#include "lifecycle/missing_parts.h"
#include "lifecycle/retention.h"
#include "log/scan.h"
#include "log/sharing.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"

namespace daybook::lifecycle {
namespace {

// Adds up what several threads have done.
class SharedProgress {
public:
    SharedProgress(const ArchiveProgress& progress, std::uint64_t total)
        : progress_(progress), total_(total) {}

    bool add(std::uint64_t bytes) {
        const std::lock_guard lock(mutex_);
        done_ += bytes;
        if (progress_ && !progress_(done_, total_)) stopped_ = true;
        return !stopped_;
    }
    bool stopped() {
        const std::lock_guard lock(mutex_);
        return stopped_;
    }

private:
    const ArchiveProgress& progress_;
    std::uint64_t total_;
    std::mutex mutex_;
    std::uint64_t done_ = 0;
    bool stopped_ = false;
};

Result<std::vector<archive::SealedPart>> sealed_parts(const ledger::LedgerDir& dir,
                                                      const DayToArchive& day) {
    std::vector<archive::SealedPart> parts;
    for (const log::PartId& part : day.parts) {
        const std::string path = dir.layout().seal_path(part);
        ASSIGN_OR_RETURN(const std::string text, os::read_file(path, ledger::kSealBytesMax));
        ASSIGN_OR_RETURN(ledger::Seal seal, ledger::decode_seal(text, path));
        if (seal.part != part) {
            return fail(ErrorCode::kCorrupt, "read {}: it is the seal of {}", path,
                        to_string(seal.part));
        }
        parts.push_back({.part = part,
                         .path = dir.layout().part_path(part),
                         .bytes = seal.facts.bytes,
                         .sha256 = std::move(seal.sha256),
                         .seal_sha256 = sha256_hex(text)});
    }
    return parts;
}

// Archives one day.
class DayArchiver {
public:
    DayArchiver(const ledger::LedgerDir& dir, const Clock& clock, const DayToArchive& day,
                SharedProgress& progress)
        : dir_(dir), layout_(dir), clock_(clock), day_(day), progress_(progress) {}

    Result<ArchiveOutcome> run() {
        RETURN_IF_ERROR(make_directory());
        ASSIGN_OR_RETURN(const std::vector<archive::SealedPart> parts, sealed_parts(dir_, day_));
        ASSIGN_OR_RETURN(const std::optional<archive::Manifest> before,
                         archive::read_manifest(layout_, day_.day));
        archive::Manifest manifest = before.value_or(archive::Manifest{.day = day_.day});
        ASSIGN_OR_RETURN(const archive::FileNumber number,
                         archive::next_file_number(layout_, manifest));
        ASSIGN_OR_RETURN(archive::WrittenFile written,
                         write_file(archive::file_name(number), parts));
        const archive::ArchiveFile file = written.file;
        add(std::move(written), manifest);
        Status done = archive::write_manifest(layout_, manifest);
        // Its new name may not be durable; but it is the name, and no part has gone.
        if (!done && !is_in_force(manifest)) return fail(done.error());
        os::kill_point(os::KillPoint::kArchiveManifestWritten);
        if (done) done = move_parts(parts);
        os::kill_point(os::KillPoint::kArchiveDayDone);
        return ArchiveOutcome{
            .day = day_.day,
            .parts = parts.size(),
            .bytes = day_.bytes,
            .archive_bytes = file.bytes,
            .file = file.name,
            .detail = done ? ""
                           : fmt::format("parts of it lie in events/ still, until the next "
                                         "'daybook archive': {}",
                                         done.error().message())};
    }

private:
    // With names that are durable before any part goes.
    Status make_directory() {
        const std::string directory = layout_.day_dir(day_.day);
        RETURN_IF_ERROR(os::make_dirs(directory));
        RETURN_IF_ERROR(os::sync_dir(layout_.root()));
        return os::sync_dir(dir_.root());
    }

    Result<archive::WrittenFile> write_file(const std::string& name,
                                            const std::vector<archive::SealedPart>& parts) {
        const auto progress = [this](std::uint64_t bytes) { return progress_.add(bytes); };
        const std::string path = layout_.file_path(day_.day, name);
        const std::string unfinished = path + std::string(archive::kUnfinished);
        ASSIGN_OR_RETURN(archive::WrittenFile written,
                         archive::write_archive(unfinished, name, parts, progress));
        os::kill_point(os::KillPoint::kArchiveFileWritten);
        const Status read = archive::read_back(unfinished, written.file, written.parts, progress);
        if (!read) {
            (void)os::remove_file(unfinished);
            return fail(read.error());
        }
        os::kill_point(os::KillPoint::kArchiveReadBack);
        RETURN_IF_ERROR(os::rename(unfinished, path));
        RETURN_IF_ERROR(os::sync_dir(layout_.day_dir(day_.day)));
        os::kill_point(os::KillPoint::kArchiveFileNamed);
        return written;
    }

    static void add(archive::WrittenFile written, archive::Manifest& manifest) {
        manifest.files.push_back(std::move(written.file));
        std::move(written.parts.begin(), written.parts.end(), std::back_inserter(manifest.parts));
        std::sort(manifest.files.begin(), manifest.files.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        std::sort(manifest.parts.begin(), manifest.parts.end(),
                  [](const auto& a, const auto& b) { return a.part < b.part; });
    }

    bool is_in_force(const archive::Manifest& manifest) const {
        const auto now = archive::read_manifest(layout_, day_.day);
        return now && *now && **now == manifest;
    }

    Status move_parts(const std::vector<archive::SealedPart>& parts) {
        TrashEntry trash(dir_, clock_);
        for (const archive::SealedPart& part : parts) {
            RETURN_IF_ERROR(trash.move(part.path));
            os::kill_point(os::KillPoint::kArchivePartMoved);
        }
        return {};
    }

    const ledger::LedgerDir& dir_;
    archive::ArchiveLayout layout_;
    const Clock& clock_;
    const DayToArchive& day_;
    SharedProgress& progress_;
};

// Archives the days of a plan, a few at once.
class PlanArchiver {
public:
    PlanArchiver(const ledger::LedgerDir& dir, const ArchiveOptions& options,
                 const std::vector<DayToArchive>& days, const ArchiveProgress& progress)
        : dir_(dir), options_(options), days_(days), progress_(progress, bytes_of(days)) {}

    std::vector<ArchiveOutcome> run() {
        outcomes_.resize(days_.size());
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < std::min(options_.days_at_once, days_.size()); ++i) {
            threads.emplace_back([this] { work(); });
        }
        work();
        for (std::thread& thread : threads) thread.join();
        return std::move(outcomes_);
    }

    bool stopped() { return progress_.stopped(); }

private:
    static std::uint64_t bytes_of(const std::vector<DayToArchive>& days) {
        std::uint64_t bytes = 0;
        for (const DayToArchive& day : days) bytes += 2 * day.bytes;
        return bytes;
    }

    void work() {
        while (true) {
            const std::size_t position = next_.fetch_add(1);
            if (position >= days_.size()) return;
            const DayToArchive& day = days_[position];
            outcomes_[position] = {.day = day.day,
                                   .state = ArchiveState::kFailed,
                                   .parts = day.parts.size(),
                                   .bytes = day.bytes,
                                   .detail = "it was not begun"};
            if (progress_.stopped()) continue;
            Result<ArchiveOutcome> outcome =
                DayArchiver(dir_, *options_.clock, day, progress_).run();
            if (outcome) {
                outcomes_[position] = std::move(*outcome);
                continue;
            }
            // That day's affair: where a disk is full, a smaller day may have room.
            outcomes_[position].detail = outcome.error().message();
        }
    }

    const ledger::LedgerDir& dir_;
    const ArchiveOptions& options_;
    const std::vector<DayToArchive>& days_;
    SharedProgress progress_;
    std::vector<ArchiveOutcome> outcomes_;
    std::atomic<std::size_t> next_{0};
};

Result<ArchivePlan> plan_of(const ledger::LedgerDir& dir, const ArchiveOptions& options,
                            const std::vector<log::PartId>& disputed) {
    ASSIGN_OR_RETURN(std::vector<log::PartInfo> parts, log::list_parts(dir.layout()));
    std::erase_if(parts, [&](const log::PartInfo& part) {
        return std::find(disputed.begin(), disputed.end(), part.id) != disputed.end();
    });
    ASSIGN_OR_RETURN(const log::Sharing sharing, log::sharing_of(dir.layout()));
    return plan_archive(
        parts, options.ended_before.value_or(options.clock->now() + -kArchiveOlderThanMs), sharing);
}

// A dry run's: parts that an earlier run has archived and not moved are not due.
Result<std::vector<log::PartId>> archived_parts(const ledger::LedgerDir& dir) {
    const archive::ArchiveLayout layout(dir);
    std::vector<log::PartId> parts;
    ASSIGN_OR_RETURN(const std::vector<Day> days, archive::list_days(layout));
    for (const Day day : days) {
        ASSIGN_OR_RETURN(const std::optional<archive::Manifest> manifest,
                         archive::read_manifest(layout, day));
        if (!manifest) continue;
        for (const archive::ArchivedPart& part : manifest->parts) parts.push_back(part.part);
    }
    return parts;
}

void add_left(const ArchivePlan& plan, ArchiveReport& report) {
    for (const DayToLeave& day : plan.left) {
        report.days.push_back({.day = day.day,
                               .state = ArchiveState::kLeft,
                               .parts = day.parts,
                               .bytes = day.bytes,
                               .detail = day.reason});
    }
    std::sort(report.days.begin(), report.days.end(),
              [](const auto& a, const auto& b) { return a.day < b.day; });
}

Result<ArchiveReport> look(const ledger::LedgerDir& dir, const ArchiveOptions& options) {
    ASSIGN_OR_RETURN(const std::vector<log::PartId> archived, archived_parts(dir));
    ASSIGN_OR_RETURN(const ArchivePlan plan, plan_of(dir, options, archived));
    ArchiveReport report;
    for (const DayToArchive& day : plan.days) {
        report.days.push_back({.day = day.day,
                               .state = ArchiveState::kDue,
                               .parts = day.parts.size(),
                               .bytes = day.bytes});
    }
    add_left(plan, report);
    return report;
}

Result<ArchiveReport> archive_under_lock(const ledger::LedgerDir& dir,
                                         const ArchiveOptions& options,
                                         const ArchiveProgress& progress) {
    ArchiveReport report;
    ASSIGN_OR_RETURN(Leftovers leftovers, finish_archives(dir, *options.clock));
    report.finished = std::move(leftovers.finished);
    report.problems = std::move(leftovers.problems);
    // Where a manifest cannot be read, that is told for itself.
    if (const auto missing = missing_parts(dir); missing && !missing->empty()) {
        report.problems.push_back(to_text(*missing) +
                                  ": 'daybook verify' says all that is missing");
    }
    // A day that a retention is about to rewrite is not added to.
    ASSIGN_OR_RETURN(FinishedRetention retained, settle_retention(dir, *options.clock));
    if (!retained.done.empty()) report.finished.push_back(std::move(retained.done));
    std::move(retained.problems.begin(), retained.problems.end(),
              std::back_inserter(report.problems));
    ASSIGN_OR_RETURN(const ArchivePlan plan, plan_of(dir, options, leftovers.disputed));
    PlanArchiver archiver(dir, options, plan.days, progress);
    report.days = archiver.run();
    if (archiver.stopped()) {
        return fail(ErrorCode::kCancelled, "archive {}: stopped; what is archived stays so",
                    dir.root());
    }
    for (const ArchiveOutcome& day : report.days) {
        if (day.state != ArchiveState::kArchived || day.detail.empty()) continue;
        report.problems.push_back(
            fmt::format("{} is archived, but {}", to_string(day.day), day.detail));
    }
    add_left(plan, report);
    report.trash = empty_trash(dir, *options.clock);
    return report;
}

}  // namespace

const char* to_string(ArchiveState state) {
    switch (state) {
        case ArchiveState::kArchived: return "archived";
        case ArchiveState::kDue: return "due";
        case ArchiveState::kLeft: return "left";
        case ArchiveState::kFailed: return "failed";
    }
    DAYBOOK_CHECK(false);
}

Result<ArchiveReport> archive_days(const ledger::LedgerDir& dir, const ArchiveOptions& options,
                                   const ArchiveProgress& progress) {
    RETURN_IF_ERROR(ledger::check_format(dir));
    ASSIGN_OR_RETURN(const bool has_events, os::exists(dir.layout().events_dir()));
    if (!has_events) {
        return fail(ErrorCode::kNotFound, "archive {}: there is no ledger here", dir.root());
    }
    if (options.dry_run) return look(dir, options);
    ASSIGN_OR_RETURN(const os::LockFile lock, take_lifecycle_lock(dir, options.wait_ms));
    return archive_under_lock(dir, options, progress);
}

}  // namespace daybook::lifecycle
