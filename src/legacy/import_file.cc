#include "legacy/import_file.h"

#include <utility>

#include "legacy/event_stream.h"
#include "legacy/mapping.h"
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

}  // namespace

Result<ImportReport> import_file(const ledger::LedgerDir& dir, const std::string& path,
                                 const ImportFileOptions& options) {
    const std::string name = options.name.empty() ? default_source_name(path) : options.name;
    RETURN_IF_ERROR(check_source_name(name));
    ASSIGN_OR_RETURN(const Mapping mapping, load_mapping(options.mapping));
    ASSIGN_OR_RETURN(const bool is_there, os::exists(path));
    if (!is_there) return fail(ErrorCode::kNotFound, "import {}: there is no such file", path);
    ASSIGN_OR_RETURN(std::unique_ptr<ledger::EventLog> log,
                     ledger::EventLog::open(dir, {.create = !options.dry_run}));
    ASSIGN_OR_RETURN(const os::LockFile lock,
                     os::LockFile::acquire(dir.legacy_lock_path(), options.wait_ms));

    const Scratch scratch(dir.index_dir() + "/legacy/import");
    RETURN_IF_ERROR(scratch.make());
    const std::string copy = scratch / "copy.duckdb";
    ASSIGN_OR_RETURN(const SourceCopy copied,
                     copy_source(path, copy, {.wait_ms = options.wait_ms}));
    Result<EventStream> stream = EventStream::open(copy, mapping,
                                                   {.source = name,
                                                    .memory_bytes_max = options.memory_bytes_max,
                                                    .temp_directory = scratch / "spill"});
    if (!stream) return fail(stream.error().with_context(fmt::format("import {}", path)));
    ASSIGN_OR_RETURN(const std::unique_ptr<KnownEvents> known, open_known_events(dir.root()));
    return import_events(*stream, *log, *known,
                         {.dry_run = options.dry_run,
                          .path = path,
                          .sha256 = copied.sha256,
                          .progress = options.progress});
}

}  // namespace daybook::legacy
