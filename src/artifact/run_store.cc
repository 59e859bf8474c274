#include "artifact/run_store.h"

#include <fcntl.h>

#include <utility>
#include <vector>

#include "ledger/artifact_layout.h"
#include "base/check.h"
#include "base/hash.h"
#include "duck/sql.h"
#include "os/file.h"

namespace daybook::artifact {
namespace {

// A row group is the unit a reader skips; DuckDB's own default, fixed here so that bytes do not
// change with it.
constexpr int kRowGroupRows = 122'880;

bool is_type_name(std::string_view type) {
    return !type.empty() &&
           type.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == type.npos;
}

struct FileDigest {
    std::uint64_t size_bytes = 0;
    std::string sha256;
};

Result<FileDigest> digest_file(const std::string& path) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    std::vector<char> buffer(std::size_t{1} << 20);
    Sha256 sha;
    FileDigest digest;
    for (;;) {
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd.get(), ByteOffset(digest.size_bytes), buffer, path));
        sha.update({buffer.data(), got});
        digest.size_bytes += got;
        if (got < buffer.size()) break;
    }
    digest.sha256 = to_hex(sha.finish());
    return digest;
}

Status sync_file(const std::string& path) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    return os::sync_data(fd.get(), path);
}

}  // namespace

Result<RunStore> RunStore::create(const std::string& ledger_dir, std::string_view run_id,
                                  bool resume) {
    ASSIGN_OR_RETURN(std::string directory, ledger::run_directory(run_id));
    const std::string path = os::join_path(ledger_dir, directory);
    ASSIGN_OR_RETURN(const bool exists, os::exists(path));
    if (exists && !resume) {
        return fail(ErrorCode::kAlreadyExists,
                    "run {}: {} exists already; choose another run id, or resume the run", run_id,
                    path);
    }
    RETURN_IF_ERROR(os::make_dirs(path));
    return RunStore(ledger_dir, std::move(directory), exists);
}

Status RunStore::discard() {
    if (existed_) return {};
    return os::remove_tree(os::join_path(ledger_dir_, directory_));
}

std::string RunStore::path_of(std::string_view file) const {
    return os::join_path(os::join_path(ledger_dir_, directory_), file);
}

Result<Stored> RunStore::write_parquet(duck::Connection& connection, std::string_view type,
                                       const std::string& select) {
    DAYBOOK_CHECK(is_type_name(type));
    const std::string path = path_of(fmt::format("{}.parquet", type));
    const std::string temporary = path_of(fmt::format(".{}.parquet.tmp", type));
    auto copied = connection.query(
        fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {})", select,
                    duck::quote_literal(temporary), kRowGroupRows));
    if (!copied) return fail(copied.error().with_context(fmt::format("write {}", path)));
    const std::uint64_t rows = copied->rows_changed();
    RETURN_IF_ERROR(sync_file(temporary));
    RETURN_IF_ERROR(os::rename(temporary, path));
    RETURN_IF_ERROR(os::sync_dir(os::parent_path(path)));
    return describe(type, "parquet", rows);
}

Result<Stored> RunStore::write_json(std::string_view type, std::string_view json) {
    DAYBOOK_CHECK(is_type_name(type));
    const std::string path = path_of(fmt::format("{}.json", type));
    RETURN_IF_ERROR(os::write_file_atomic(path, fmt::format("{}\n", json)));
    return describe(type, "json", 1);
}

// Looks at the file itself: what is recorded is what a reader will find.
Result<Stored> RunStore::describe(std::string_view type, std::string_view format,
                                  std::uint64_t rows) const {
    const std::string file = fmt::format("{}.{}", type, format);
    ASSIGN_OR_RETURN(FileDigest digest, digest_file(path_of(file)));
    return Stored{.type = std::string(type),
                  .path = os::join_path(directory_, file),
                  .format = std::string(format),
                  .rows = rows,
                  .size_bytes = digest.size_bytes,
                  .sha256 = std::move(digest.sha256)};
}

}  // namespace daybook::artifact
