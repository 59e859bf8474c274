#include "legacy/import_file.h"

#include <utility>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/text.h"
#include "ledger/manifest.h"
#include "ledger/type_registry.h"
#include "legacy/age.h"
#include "legacy/cache.h"
#include "legacy/event_stream.h"
#include "legacy/mapping.h"
#include "legacy/new_ledger.h"
#include "legacy/source_copy.h"
#include "legacy/source_name.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::legacy {
namespace {

// A directory that goes with all that is in it, whatever an earlier import has left there.
class Scratch {
public:
    explicit Scratch(std::string path) : path_(std::move(path)) {}
    ~Scratch() {
        // What cannot be removed now is in the way of nobody, and the next import removes it.
        static_cast<void>(os::remove_tree(path_));
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    Status make() const {
        RETURN_IF_ERROR(os::remove_tree(path_));
        return os::make_dirs(path_);
    }
    std::string operator/(const char* name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

struct Taken {
    SourceCopy copy{};
    std::string note{};    // why it is not the file as it is now; empty: it is
    bool is_held = false;  // by whoever writes to it: there may be more in it
};

// The file, or where it cannot be had the copy that is kept of it as an attached one.
Result<Taken> take_copy(const ledger::LedgerDir& dir, const std::string& path,
                        const std::string& target, const ImportFileOptions& options) {
    const Result<SourceCopy> copied =
        copy_source(path, target, {.wait_ms = options.wait_ms, .keep_on = options.keep_on});
    if (copied) return Taken{.copy = *copied};
    const Error& why = copied.error();
    if (!options.source || why.code() == ErrorCode::kCancelled) return fail(why);
    const Result<SourceCopy> kept =
        Cache(dir, *options.source).copy_last_copy(target, options.wait_ms, options.keep_on);
    // What is wrong with the file is what its owner can mend.
    if (!kept) return fail(why);
    const std::int64_t age_ms = system_clock().now().value() - kept->copied_at.value();
    return Taken{.copy = *kept,
                 .note = fmt::format("{}; what is imported is the copy of {}, {} old",
                                     why.message(), to_iso8601(kept->copied_at), age_text(age_ms)),
                 .is_held = why.code() == ErrorCode::kBusy};
}

// The log to import into.  Where there is no ledger a dry run asks one that goes with `scratch`.
Result<std::unique_ptr<ledger::EventLog>> open_log(const ledger::LedgerDir& dir,
                                                   const Scratch& scratch, bool dry_run) {
    ASSIGN_OR_RETURN(const bool is_there, os::exists(dir.manifest_path()));
    if (!dry_run || is_there) return ledger::EventLog::open(dir, {.create = !dry_run});
    return ledger::EventLog::open(ledger::LedgerDir(scratch / "ledger"));
}

// That the file is in the log under another name, where its rows are other events; empty: it is
// not.
std::string note_other_name(const KnownEvents& known, const std::string& name,
                            const std::string& path, const std::string& sha256) {
    for (const ImportedFile& file : known.imported_files()) {
        const bool is_same = file.path == path || file.sha256 == sha256;
        if (!is_same || file.source_name.empty() || file.source_name == name) continue;
        return fmt::format(
            "{} has been imported as '{}' before: as '{}' its rows are other events, and the log "
            "has "
            "both; --name {} makes them the same",
            printable(path), printable(file.source_name), name, printable(file.source_name));
    }
    return "";
}

Error name_is_taken(const std::string& path, const std::string& name, const std::string& other,
                    std::string_view how) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("import {}: its name stands for another file, {}, which is {} as "
                             "'{}': rows of both would be mixed under one name; --name OTHER gives "
                             "this file a name of its own, and --name {} says that it is that one",
                             printable(path), printable(other), how, name, name));
}

// A name that nobody has chosen is that of one file.  One that has moved and grown since cannot be
// told from another one of that name: somebody says which it is.
Status check_not_attached(const ledger::LedgerDir& dir, const std::string& name,
                          const std::string& path) {
    ASSIGN_OR_RETURN(const std::vector<Source> sources, read_sources(dir));
    const std::string canonical = os::canonical_path(path);
    for (const Source& source : sources) {
        if (source.name != name || os::canonical_path(source.path) == canonical) continue;
        return fail(name_is_taken(path, name, source.path, "attached"));
    }
    return {};
}

Status check_not_imported(const KnownEvents& known, const std::string& name,
                          const std::string& path, const std::string& sha256) {
    const std::string canonical = os::canonical_path(path);
    const ImportedFile* other = nullptr;
    for (const ImportedFile& file : known.imported_files()) {
        if (file.source_name != name) continue;
        const bool is_same = file.sha256 == sha256 || os::canonical_path(file.path) == canonical;
        if (is_same) return {};
        other = &file;
    }
    if (other == nullptr) return {};
    return fail(name_is_taken(path, name, other->path, "imported"));
}

}  // namespace

Result<ImportReport> import_file(const ledger::LedgerDir& dir, const std::string& path,
                                 const ImportFileOptions& options) {
    const std::string name = options.name.empty() ? default_source_name(path) : options.name;
    RETURN_IF_ERROR(check_source_name(name));
    ASSIGN_OR_RETURN(const Mapping mapping, load_mapping(options.mapping));
    ASSIGN_OR_RETURN(const bool is_there, os::exists(path));
    if (!is_there && !options.source) {
        return fail(ErrorCode::kNotFound, "import {}: there is no such file", path);
    }
    RETURN_IF_ERROR(ledger::check_format(dir));
    if (options.name.empty()) RETURN_IF_ERROR(check_not_attached(dir, name, path));
    const NewLedger traces(dir);
    RETURN_IF_ERROR(os::make_dirs(dir.root()));
    ASSIGN_OR_RETURN(const os::LockFile lock,
                     os::LockFile::acquire(dir.legacy_lock_path(), options.wait_ms));

    // No source can have this name.
    const Scratch scratch(dir.index_dir() + "/legacy/.import");
    RETURN_IF_ERROR(scratch.make());
    const std::string copy = scratch / "copy.duckdb";
    ASSIGN_OR_RETURN(const Taken taken, take_copy(dir, path, copy, options));
    ASSIGN_OR_RETURN(schema::Registry types, ledger::read_registry(dir));
    Result<EventStream> stream = EventStream::open(copy, mapping,
                                                   {.source = name,
                                                    .memory_bytes_max = options.memory_bytes_max,
                                                    .temp_directory = scratch / "spill",
                                                    .types = std::move(types),
                                                    .keep_on = options.keep_on});
    if (!stream) return fail(stream.error().with_context(fmt::format("import {}", path)));
    // Now that there is something to write.
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::EventLog> log,
                     open_log(dir, scratch, options.dry_run));
    ASSIGN_OR_RETURN(const KnownEvents known, KnownEvents::open(dir.root(), options.keep_on));
    if (options.name.empty()) {
        RETURN_IF_ERROR(check_not_imported(known, name, path, taken.copy.sha256));
    }
    Result<ImportReport> report = import_events(*stream, *log, known,
                                                {.dry_run = options.dry_run,
                                                 .also_own_runs = options.also_own_runs,
                                                 .also_removed_runs = options.also_removed_runs,
                                                 .also_early_times = options.also_early_times,
                                                 .path = path,
                                                 .sha256 = taken.copy.sha256,
                                                 .reading = reading_of(path, mapping),
                                                 .copied_at = taken.copy.copied_at,
                                                 .progress = options.progress});
    if (!report && report.error().code() == ErrorCode::kInvalidArgument) {
        return fail(report.error().with_context(fmt::format("import {}", path)));
    }
    if (!report) return report;
    const std::string other_name = note_other_name(known, name, path, taken.copy.sha256);
    if (!other_name.empty()) {
        report->stream.notes.insert(report->stream.notes.begin(), other_name);
    }
    if (!taken.note.empty()) {
        report->stream.notes.insert(report->stream.notes.begin(), taken.note);
        if (taken.is_held) report->older_copy = taken.copy.copied_at;
    }
    return report;
}

}  // namespace daybook::legacy
