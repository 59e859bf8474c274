#include "index/builder.h"

#include <algorithm>
#include <utility>

#include "archive/log_source.h"
#include "index/batch_reader.h"
#include "index/forget.h"
#include "index/log_work.h"
#include "index/memory_plan.h"
#include "index/obstacles.h"
#include "index/publish.h"
#include "index/published_sources.h"
#include "index/registry_upcaster.h"
#include "index/tables.h"
#include "index/work_database.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/process.h"

namespace daybook::index {
namespace {

// Refuses what is no ledger, or one of a newer format, before anything is touched.
Status check_ledger(const std::string& root) {
    ASSIGN_OR_RETURN(const bool is_there, os::exists(root));
    if (!is_there) {
        return fail(ErrorCode::kNotFound, "build index of {}: there is no such directory", root);
    }
    return ledger::check_format(ledger::LedgerDir(root));
}

class Build {
public:
    Build(const std::string& root, const BuildOptions& options)
        : layout_(root, options.index_dir),
          log_(archive::log_source(ledger::LedgerDir(root))),
          options_(options),
          clock_(*options.clock) {}

    Result<BuildReport> run();

private:
    Status open_work();
    Status open_or_restore();
    Status restore_work(const std::string& snapshot);
    Status start_over(const std::string& reason);
    // The same after something has been applied.
    Status start_again(const std::string& reason);
    // Why the rows in the working database cannot be continued; empty if they can.
    Result<std::string> find_obstacle();
    // Takes out of the tables what retention has removed from the log, `forgets` says whether that
    // was anything.  Why it cannot be told what; empty if it can.
    Result<std::string> forget_removed(bool* forgets);
    Result<std::vector<PartWork>> find_work();
    // False: the index has to be built again, because of conflicts_.
    Result<bool> apply(std::vector<PartWork> work);
    // Notes what has become of the last snapshot.  False: it cannot stay.
    Result<bool> look_at_snapshot(Generation generation);
    Status drop_empty_cursors();
    // Applies all of the log that is new, however often that has to be begun.
    Status catch_up();
    // Passes an answer of the log or its archives on.  What is damaged there is no fault of the
    // working database: its rows stay, and no rebuild would come further.
    template <typename T>
    Result<T> from_log(Result<T> answer) {
        if (!answer && answer.error().code() == ErrorCode::kCorrupt) log_is_damaged_ = true;
        return answer;
    }
    Status keep_progress();
    Status report_progress(std::uint64_t bytes_total);
    // Has the views answer from the sources beside the log too.
    Status take_sources();
    Status finish();
    void give_room_back();

    IndexLayout layout_;
    log::LogSource log_;
    const BuildOptions& options_;
    const Clock& clock_;
    MemoryPlan memory_;
    duck::DatabaseOptions database_options_;
    LedgerUpcaster upcaster_;
    std::unique_ptr<WorkDatabase> work_;
    Conflicts conflicts_;
    bool is_new_ = false;  // something is to be published
    bool log_is_damaged_ = false;
    std::int64_t begun_ns_ = 0;
    std::int64_t kept_ns_ = 0;  // the last checkpoint
    BuildReport report_;
};

// By rename: half a copy would open as a database, and fail later or, worse, not at all.
Status Build::restore_work(const std::string& snapshot) {
    const std::string copy = layout_.work_dir() + "/restore.tmp";
    RETURN_IF_ERROR(os::remove_file(copy));
    RETURN_IF_ERROR(os::copy_file(snapshot, copy, 0644));
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(copy, O_RDONLY));
    RETURN_IF_ERROR(os::sync_data(fd.get(), copy));
    return os::rename(copy, layout_.work_path());
}

Status Build::open_or_restore() {
    Result<WorkDatabase> opened = WorkDatabase::open(layout_.work_path(), database_options_);
    if (opened) {
        work_ = std::make_unique<WorkDatabase>(std::move(*opened));
        return {};
    }
    const ErrorCode code = opened.error().code();
    // Busy: another program has it open, and may write to it.
    if (code == ErrorCode::kUnsupported || code == ErrorCode::kBusy) return fail(opened.error());
    // The snapshot holds rows and cursors too.
    ASSIGN_OR_RETURN(const std::vector<Generation> generations, list_generations(layout_));
    const bool was_there = code != ErrorCode::kNotFound;
    RETURN_IF_ERROR(remove_database(layout_.work_path()));
    if (generations.empty()) {
        return start_over(was_there ? opened.error().message() : std::string());
    }
    const std::string snapshot = layout_.generation_path(generations.back());
    RETURN_IF_ERROR(restore_work(snapshot));
    opened = WorkDatabase::open(layout_.work_path(), database_options_);
    if (!opened) return start_over(opened.error().message());
    if (was_there) {
        report_.notes.push_back("the working database could not be opened: continued from " +
                                snapshot);
    }
    work_ = std::make_unique<WorkDatabase>(std::move(*opened));
    return {};
}

Status Build::start_over(const std::string& reason) {
    // Before the log is read: what is removed meanwhile shows in its parts.  And before the rows
    // go: where a manifest is damaged, they stay.
    Forgotten accounted;
    ASSIGN_OR_RETURN(accounted.marks, from_log(retention_marks(ledger::LedgerDir(layout_.root()))));
    if (!reason.empty()) report_.rebuilt = reason;
    work_.reset();
    RETURN_IF_ERROR(remove_database(layout_.work_path()));
    ASSIGN_OR_RETURN(const std::vector<Generation> generations, list_generations(layout_));
    const Generation last = generations.empty() ? Generation(0) : generations.back();
    ASSIGN_OR_RETURN(
        WorkDatabase created,
        WorkDatabase::create(layout_.work_path(), database_options_, last, upcaster_.id));
    work_ = std::make_unique<WorkDatabase>(std::move(created));
    is_new_ = true;
    return work_->fold().forget(accounted);
}

Result<std::string> Build::find_obstacle() {
    const Result<IndexMeta> meta = work_->meta();
    if (!meta) return meta.error().message();
    std::string obstacle = meta_obstacle(*meta, upcaster_.id);
    if (!obstacle.empty()) return obstacle;
    ASSIGN_OR_RETURN(const std::string missing, missing_table(work_->connection()));
    if (!missing.empty()) return fmt::format("the table {} is missing", missing);
    is_new_ = is_new_ || !meta->is_published;
    bool forgets = false;
    ASSIGN_OR_RETURN(obstacle, forget_removed(&forgets));
    if (!obstacle.empty()) return obstacle;
    ASSIGN_OR_RETURN(const std::vector<PartState> parts, work_->parts());
    return from_log(cursor_obstacle(log_, parts));
}

Result<std::string> Build::forget_removed(bool* forgets) {
    *forgets = false;
    ASSIGN_OR_RETURN(const std::vector<PartState> parts, work_->parts());
    ASSIGN_OR_RETURN(const std::vector<RetentionMark> known, work_->marks());
    ASSIGN_OR_RETURN(const ForgetPlan plan,
                     from_log(plan_forget(ledger::LedgerDir(layout_.root()), log_, parts, known,
                                          work_->fold())));
    if (plan.empty() || !plan.obstacle.empty()) return plan.obstacle;
    RETURN_IF_ERROR(work_->fold().forget(plan.forgotten));
    is_new_ = true;
    *forgets = true;
    report_.notes.push_back(
        fmt::format("retention has removed events of {} runs: {} parts are read again",
                    plan.forgotten.runs.size(), plan.forgotten.parts.size()));
    return std::string();
}

Status Build::open_work() {
    database_options_.threads = options_.threads;
    memory_ = plan_memory(options_.memory_bytes_max, os::memory_bytes());
    if (options_.batch_bytes > 0) memory_.batch_bytes = options_.batch_bytes;
    database_options_.memory_bytes_max = memory_.database_bytes;
    database_options_.temp_directory = layout_.spill_dir();
    database_options_.any_order = true;
    if (options_.full_rebuild) return start_over("asked for");
    RETURN_IF_ERROR(open_or_restore());
    ASSIGN_OR_RETURN(const std::string obstacle, find_obstacle());
    if (!obstacle.empty()) RETURN_IF_ERROR(start_over(obstacle));
    return {};
}

// The parts that have grown, and those whose cursors are to be forgotten.
Result<std::vector<PartWork>> Build::find_work() {
    ASSIGN_OR_RETURN(const std::vector<PartState> states, work_->parts());
    ASSIGN_OR_RETURN(
        std::vector<PartWork> work,
        from_log(index::find_work(log_, states, {.since = options_.since, .only = options_.only})));
    std::vector<std::string> forgotten;
    for (const PartWork& part : work) {
        if (part.again) forgotten.push_back(part.state.name);
    }
    RETURN_IF_ERROR(work_->forget(forgotten));
    return work;
}

Result<bool> Build::apply(std::vector<PartWork> work) {
    std::uint64_t bytes_total = 0;
    for (const PartWork& part : work) bytes_total += part.size - ByteOffset(part.state.bytes);
    const unsigned threads = options_.threads > 0 ? options_.threads : os::processor_count();
    BatchReader reader(log_, std::move(work),
                       {.threads = threads,
                        .batch_bytes = memory_.batch_bytes,
                        .upcaster = upcaster_.upcaster.get()});
    while (true) {
        ASSIGN_OR_RETURN(std::optional<Batch> batch, from_log(reader.next()));
        if (!batch) return true;
        ASSIGN_OR_RETURN(Applied applied, work_->fold().apply(*batch, conflicts_));
        if (!applied.displaced.empty()) {
            for (const auto& [id, content] : applied.displaced) conflicts_[id] = content;
            return false;
        }
        is_new_ = true;
        report_.events += applied.events;
        report_.duplicates += applied.duplicates;
        report_.conflicts += applied.conflicts;
        for (const Staging& piece : batch->pieces) {
            report_.damaged += piece.damage.size();
            report_.foreign += piece.foreign;
        }
        report_.bytes += batch->lines_bytes;
        RETURN_IF_ERROR(keep_progress());
        RETURN_IF_ERROR(report_progress(bytes_total));
    }
}

// A long build that is killed goes on from here.
Status Build::keep_progress() {
    constexpr std::int64_t kEachNs = 120'000'000'000;
    const std::int64_t now = clock_.monotonic_ns();
    if (now - kept_ns_ < kEachNs) return {};
    kept_ns_ = now;
    return work_->checkpoint();
}

Status Build::report_progress(std::uint64_t bytes_total) {
    if (!options_.progress) return {};
    BuildProgress progress{.bytes_done = report_.bytes,
                           .bytes_total = bytes_total,
                           .events = report_.events,
                           .seconds_left = {}};
    progress.seconds = static_cast<double>(clock_.monotonic_ns() - begun_ns_) / 1e9;
    if (report_.bytes > 0) {
        const auto left = static_cast<double>(bytes_total - std::min(bytes_total, report_.bytes));
        progress.seconds_left = progress.seconds * left / static_cast<double>(report_.bytes);
    }
    if (options_.progress(progress)) return {};
    return fail(ErrorCode::kCancelled,
                "build index: stopped after {} events; the snapshot is "
                "still the last one",
                report_.events);
}

Result<bool> Build::look_at_snapshot(Generation generation) {
    for (const std::string& path : {layout_.snapshot_path(), layout_.generation_path(generation)}) {
        ASSIGN_OR_RETURN(const std::string problem, snapshot_problem(path));
        if (problem.empty()) continue;
        report_.notes.push_back(path + ": " + problem + "; the snapshot has been made again");
        return false;
    }
    if (options_.republish) return false;
    return is_published(layout_, generation);
}

Status Build::take_sources() {
    ASSIGN_OR_RETURN(SourcesUpdate update,
                     update_sources(work_->connection(), options_.extras, is_new_));
    is_new_ = is_new_ || update.is_changed;
    report_.notes.insert(report_.notes.end(), update.notes.begin(), update.notes.end());
    return {};
}

Status Build::finish() {
    RETURN_IF_ERROR(take_sources());
    ASSIGN_OR_RETURN(const IndexMeta meta, work_->meta());
    report_.digest = work_->fold().digest().to_hex();
    const bool to_target = !options_.target.empty();
    bool is_there = true;
    if (!to_target) {
        ASSIGN_OR_RETURN(is_there, look_at_snapshot(meta.generation));
    }
    const bool publishes = is_new_ || to_target || !is_there;
    report_.generation = Generation(meta.generation.value() + (publishes && !to_target ? 1 : 0));
    report_.snapshot = to_target ? options_.target : layout_.snapshot_path();
    // With another target the rows stay unpublished here.
    if (publishes && !to_target) {
        RETURN_IF_ERROR(work_->seal(report_.generation, clock_.now()));
    } else if (publishes) {
        RETURN_IF_ERROR(work_->checkpoint());
    }
    work_.reset();  // Before its file is copied: see work_database.h.
    // Whoever published this may have died before the directory was synced; what is reported now
    // must not be taken back by a power cut.
    if (!publishes) return os::sync_dir(layout_.index_dir());
    const std::int64_t publish_begun_ns = clock_.monotonic_ns();
    Result<std::string> note = to_target
                                   ? publish_to(layout_, layout_.work_path(), options_.target)
                                   : publish(layout_, layout_.work_path(), report_.generation);
    if (!note) return fail(note.error());
    if (!note->empty()) report_.notes.push_back(*note);
    report_.published = true;
    report_.publish_seconds = static_cast<double>(clock_.monotonic_ns() - publish_begun_ns) / 1e9;
    return {};
}

Status Build::start_again(const std::string& reason) {
    std::vector<std::string> notes = std::move(report_.notes);
    report_ = BuildReport();
    report_.notes = std::move(notes);
    return start_over(reason);
}

// Of parts of which nothing is left: they do not change any more, and a rebuild has none of them.
Status Build::drop_empty_cursors() {
    if (options_.only) return {};
    return work_->connection().execute("DELETE FROM index_parts WHERE bytes = 0");
}

Status Build::catch_up() {
    // Parts are not taken away often: a log that loses one again and again is in other trouble.
    constexpr int kAttempts = 5;
    int attempt = 1;
    while (true) {
        ASSIGN_OR_RETURN(std::vector<PartWork> work, find_work());
        const Result<bool> complete = apply(std::move(work));
        if (complete && *complete) {
            bool forgets = false;
            ASSIGN_OR_RETURN(const std::string obstacle, forget_removed(&forgets));
            if (obstacle.empty() && !forgets) return drop_empty_cursors();
            if (!obstacle.empty()) RETURN_IF_ERROR(start_again(obstacle));
            continue;
        }
        if (complete) {
            // Each round knows more conflicts, and each conflict's content only gets less.
            RETURN_IF_ERROR(
                start_again("events that were indexed have lost to others of the same id"));
            continue;
        }
        const bool has_gone = complete.error().code() == ErrorCode::kNotFound;
        if (!has_gone || attempt++ == kAttempts) return fail(complete.error());
        // A part has gone since it was listed.  If some of it is indexed, its rows have to go too.
        ASSIGN_OR_RETURN(const std::string obstacle, find_obstacle());
        if (!obstacle.empty()) RETURN_IF_ERROR(start_again(obstacle));
    }
}

// A build that found no room leaves it to the writers: an event is worth more than half an index.
void Build::give_room_back() {
    work_.reset();
    (void)os::remove_tree(layout_.spill_dir());
    for (const char* half : {"snapshot.tmp", "restore.tmp"}) {
        (void)os::remove_file(os::join_path(layout_.work_dir(), half));
    }
    const Result<std::vector<Generation>> generations = list_generations(layout_);
    const bool is_first = generations && generations->empty();
    (void)(is_first ? remove_database(layout_.work_path())
                    : remove_write_ahead_log(layout_.work_path()));
}

Result<BuildReport> Build::run() {
    begun_ns_ = kept_ns_ = clock_.monotonic_ns();
    RETURN_IF_ERROR(check_ledger(layout_.root()));
    ASSIGN_OR_RETURN(report_.notes, clear_the_way(layout_));
    RETURN_IF_ERROR(os::make_dirs(layout_.work_dir()));
    ASSIGN_OR_RETURN(const os::LockFile lock,
                     os::LockFile::acquire(layout_.lock_path(), options_.wait_ms));
    ASSIGN_OR_RETURN(upcaster_, registry_upcaster(layout_.root()));
    Status done = open_work();
    if (done) done = catch_up();
    if (done) done = finish();
    const bool rows_are_damaged =
        !done && done.error().code() == ErrorCode::kCorrupt && !log_is_damaged_;
    if (rows_are_damaged && report_.rebuilt.empty()) {
        // DuckDB looks at a block's checksum when it needs the block; the log has what it held.
        RETURN_IF_ERROR(start_again(done.error().message()));
        RETURN_IF_ERROR(catch_up());
        done = finish();
    }
    if (!done && done.error().code() == ErrorCode::kNoSpace) give_room_back();
    RETURN_IF_ERROR(done);
    report_.seconds = static_cast<double>(clock_.monotonic_ns() - begun_ns_) / 1e9;
    return std::move(report_);
}

}  // namespace

Result<BuildReport> build(const std::string& root, const BuildOptions& options) {
    Result<BuildReport> report = Build(root, options).run();
    if (report || report.error().code() != ErrorCode::kNoSpace) return report;
    return fail(ErrorCode::kNoSpace, "build index of {}: {}; the snapshot is still the last one",
                root, report.error().message());
}

}  // namespace daybook::index
