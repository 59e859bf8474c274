#include "index/check.h"

#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "archive/log_source.h"
#include "base/random.h"
#include "duck/database.h"
#include "index/builder.h"
#include "index/forget.h"
#include "index/index_layout.h"
#include "index/registry_upcaster.h"
#include "index/work_database.h"
#include "ledger/ledger_dir.h"
#include "ledger/manifest.h"
#include "os/file.h"
#include "os/lock.h"

namespace daybook::index {
namespace {

// Of each of the indexes that are compared; sorting a large table spills.
constexpr std::uint64_t kMemoryBytesDefault = std::uint64_t{512} << 20;

// A directory for copies and the rebuild: index/check, or one below $TMPDIR where index/ cannot be
// written to.  Removed when the check is over; what a check left that was killed, by the next one.
class CheckDir {
public:
    static Result<CheckDir> make(const IndexLayout& layout, int wait_ms) {
        CheckDir dir;
        auto lock = os::LockFile::acquire(layout.index_dir() + "/check.lock", wait_ms);
        if (!lock && lock.error().code() == ErrorCode::kBusy) return fail(lock.error());
        if (lock) {
            dir.lock_ = std::make_unique<os::LockFile>(std::move(*lock));
            dir.path_ = layout.index_dir() + "/check";
            const Status cleared = os::remove_tree(dir.path_);
            if (cleared && os::make_dirs(dir.path_)) return dir;
        }
        const char* temporary = std::getenv("TMPDIR");
        dir.path_ = fmt::format("{}/daybook-check-{:016x}",
                                temporary && *temporary ? temporary : "/tmp", random_seed());
        RETURN_IF_ERROR(os::make_dirs(dir.path_));
        return dir;
    }
    CheckDir(CheckDir&&) noexcept = default;
    CheckDir& operator=(CheckDir&&) = delete;
    ~CheckDir() {
        if (!path_.empty()) (void)os::remove_tree(path_);
    }

    std::string operator/(std::string_view name) const { return os::join_path(path_, name); }

private:
    CheckDir() = default;
    std::unique_ptr<os::LockFile> lock_;
    std::string path_;
};

// An index that is open for reading; nobody else has its file open.
class OpenIndex {
public:
    static Result<OpenIndex> open(const std::string& path, const duck::DatabaseOptions& options) {
        ASSIGN_OR_RETURN(duck::Database database, duck::Database::open(path, options));
        ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
        return OpenIndex(std::move(database), std::move(connection));
    }
    duck::Connection& connection() { return connection_; }

private:
    OpenIndex(duck::Database database, duck::Connection connection)
        : database_(std::move(database)), connection_(std::move(connection)) {}
    duck::Database database_;
    duck::Connection connection_;
};

struct Subject {
    Comparison comparison;
    OpenIndex index;
    BytesRead read{};
};

class Check {
public:
    Check(const std::string& root, const CheckOptions& options, CheckDir dir)
        : layout_(root), options_(options), dir_(std::move(dir)) {}

    Result<CheckReport> run();

private:
    Status take_copies();
    Status add(const std::string& name, const std::string& path);
    Status read_meta(Subject& subject);
    // Rebuilds what `read` stands for; the path of the finished index.
    Result<std::string> rebuild(const BytesRead& read);
    Status compare(Subject& subject, OpenIndex& rebuilt, const TableDigests& rebuilt_digests);
    RowsRead rows_read(std::string_view what) const;
    duck::DatabaseOptions database_options() const;

    IndexLayout layout_;
    const CheckOptions& options_;
    CheckDir dir_;
    std::string upcasters_;
    std::vector<Subject> subjects_;
    int rebuilds_ = 0;
    CheckReport report_;
};

duck::DatabaseOptions Check::database_options() const {
    return {.threads = options_.threads,
            // Of three at most that are open at once.
            .memory_bytes_max =
                options_.memory_bytes_max > 0 ? options_.memory_bytes_max / 3 : kMemoryBytesDefault,
            .temp_directory = dir_ / "spill"};
}

RowsRead Check::rows_read(std::string_view what) const {
    if (!options_.progress) return {};
    return [this, what](std::uint64_t rows) { return options_.progress(what, rows, 0); };
}

// Under the builder's lock: between two of its batches the files are whole.
Status Check::take_copies() {
    // A copy, because a snapshot is open to all: another program's write-ahead log beside it would
    // be replayed here too.
    const auto lock = os::LockFile::acquire(layout_.lock_path(), options_.wait_ms);
    RETURN_IF_ERROR(os::copy_file(layout_.snapshot_path(), dir_ / "snapshot.duckdb", 0600));
    if (!lock && lock.error().code() == ErrorCode::kBusy) return fail(lock.error());
    if (!lock) {
        report_.notes.push_back(
            fmt::format("the incremental state was left out: {}", lock.error().message()));
        return {};
    }
    ASSIGN_OR_RETURN(const bool has_state, os::exists(layout_.work_path()));
    // Without its write-ahead log, which no builder reads either.
    if (has_state) return os::copy_file(layout_.work_path(), dir_ / "state.duckdb", 0600);
    report_.notes.push_back(
        fmt::format("there is no incremental state: the next build makes {} of the snapshot",
                    layout_.work_path()));
    return {};
}

Status Check::add(const std::string& name, const std::string& path) {
    const std::string copy = dir_ / (name == "snapshot" ? "snapshot.duckdb" : "state.duckdb");
    ASSIGN_OR_RETURN(const bool is_there, os::exists(copy));
    if (!is_there) return {};
    Result<OpenIndex> index = OpenIndex::open(copy, database_options());
    if (!index) {
        return fail(index.error().code(),
                    "check {}: it cannot be opened ({}); the next `daybook index` makes it again",
                    path, index.error().message());
    }
    Subject subject{.comparison = {.name = name,
                                   .path = path,
                                   .kept_digest = {},
                                   .digest = {},
                                   .rebuilt_digest = {}},
                    .index = std::move(*index)};
    RETURN_IF_ERROR(read_meta(subject));
    subjects_.push_back(std::move(subject));
    return {};
}

Status Check::read_meta(Subject& subject) {
    Comparison& comparison = subject.comparison;
    duck::Connection& connection = subject.index.connection();
    const auto named = [&](const Error& error) {
        return error.with_context("check " + comparison.path);
    };
    const Result<IndexMeta> meta = read_index_meta(connection);
    if (!meta) return fail(named(meta.error()));
    if (const std::string obstacle = meta_obstacle(*meta, upcasters_); !obstacle.empty()) {
        return fail(ErrorCode::kUnsupported,
                    "check {}: {}; the next `daybook index` builds it again", comparison.path,
                    obstacle);
    }
    comparison.kept_digest = meta->digest;
    const Result<std::vector<PartState>> parts = read_index_parts(connection);
    if (!parts) return fail(named(parts.error()));
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> listed,
                     log::list_parts(archive::log_source(ledger::LedgerDir(layout_.root()))));
    if (is_rewritten(listed, *parts)) {
        return fail(ErrorCode::kUnsupported,
                    "check {}: retention has removed events since; 'daybook index' takes them out",
                    comparison.path);
    }
    for (const PartState& part : *parts) {
        subject.read[part.name] = part.bytes;
        comparison.bytes += part.bytes;
    }
    return {};
}

Result<std::string> Check::rebuild(const BytesRead& read) {
    const IndexLayout elsewhere(layout_.root(), dir_ / fmt::format("rebuild-{}", ++rebuilds_));
    BuildOptions options{.index_dir = elsewhere.index_dir(),
                         .only = read,
                         .threads = options_.threads,
                         .memory_bytes_max = options_.memory_bytes_max,
                         .clock = options_.clock};
    if (options_.progress) {
        options.progress = [this](const BuildProgress& step) {
            return options_.progress("rebuild", step.bytes_done, step.bytes_total);
        };
    }
    RETURN_IF_ERROR(os::make_dirs(elsewhere.index_dir()));
    ASSIGN_OR_RETURN(const BuildReport built, build(layout_.root(), options));
    return elsewhere.work_path();
}

Status Check::compare(Subject& subject, OpenIndex& rebuilt, const TableDigests& rebuilt_digests) {
    Comparison& comparison = subject.comparison;
    duck::Connection& left = subject.index.connection();
    ASSIGN_OR_RETURN(const TableDigests digests, table_digests(left, rows_read("compare")));
    comparison.digest = sum_of(digests).to_hex();
    comparison.rebuilt_digest = sum_of(rebuilt_digests).to_hex();
    ASSIGN_OR_RETURN(comparison.difference,
                     first_difference(left, digests, rebuilt.connection(), rebuilt_digests,
                                      rows_read("compare")));
    const bool is_one = comparison.kept_digest == comparison.digest &&
                        comparison.digest == comparison.rebuilt_digest;
    if (!comparison.difference && !is_one) {
        comparison.difference = {.table = "index_meta",
                                 .key = {},
                                 .column = "digest",
                                 .left = comparison.kept_digest,
                                 .right = comparison.rebuilt_digest};
    }
    if (comparison.difference) return {};
    ASSIGN_OR_RETURN(comparison.difference,
                     first_own_difference(left, rebuilt.connection(), rows_read("compare")));
    return {};
}

Result<CheckReport> Check::run() {
    const std::int64_t begun_ns = options_.clock->monotonic_ns();
    ASSIGN_OR_RETURN(const LedgerUpcaster upcaster, registry_upcaster(layout_.root()));
    upcasters_ = upcaster.id;
    RETURN_IF_ERROR(take_copies());
    RETURN_IF_ERROR(add("snapshot", layout_.snapshot_path()));
    RETURN_IF_ERROR(add("incremental state", layout_.work_path()));
    // Mostly both have read the same; a builder that died, or --db, leaves the snapshot behind.
    std::map<BytesRead, std::vector<Subject*>> by_bytes;
    for (Subject& subject : subjects_) by_bytes[subject.read].push_back(&subject);
    for (const auto& [read, subjects] : by_bytes) {
        ASSIGN_OR_RETURN(const std::string path, rebuild(read));
        ASSIGN_OR_RETURN(OpenIndex rebuilt, OpenIndex::open(path, database_options()));
        ASSIGN_OR_RETURN(const TableDigests digests,
                         table_digests(rebuilt.connection(), rows_read("compare")));
        for (Subject* subject : subjects) RETURN_IF_ERROR(compare(*subject, rebuilt, digests));
    }
    for (Subject& subject : subjects_) report_.comparisons.push_back(std::move(subject.comparison));
    report_.seconds = static_cast<double>(options_.clock->monotonic_ns() - begun_ns) / 1e9;
    return std::move(report_);
}

}  // namespace

bool CheckReport::is_equal() const {
    for (const Comparison& comparison : comparisons) {
        if (comparison.difference) return false;
    }
    return true;
}

Result<CheckReport> check(const std::string& root, const CheckOptions& options) {
    RETURN_IF_ERROR(ledger::check_format(ledger::LedgerDir(root)));
    const IndexLayout layout(root);
    ASSIGN_OR_RETURN(const bool has_index, os::exists(layout.snapshot_path()));
    if (!has_index) {
        return fail(ErrorCode::kNotFound,
                    "check index of {}: there is none yet; `daybook index` makes it", root);
    }
    ASSIGN_OR_RETURN(CheckDir dir, CheckDir::make(layout, options.wait_ms));
    return Check(root, options, std::move(dir)).run();
}

}  // namespace daybook::index
