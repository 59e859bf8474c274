#include "index/work_database.h"

#include <utility>

#include "os/file.h"

namespace daybook::index {
namespace {

std::string wal_path(const std::string& path) { return path + ".wal"; }

}  // namespace

Status remove_write_ahead_log(const std::string& path) { return os::remove_file(wal_path(path)); }

Status remove_database(const std::string& path) {
    RETURN_IF_ERROR(os::remove_file(path));
    return remove_write_ahead_log(path);
}

Result<WorkDatabase> WorkDatabase::attach(const std::string& path,
                                          const duck::DatabaseOptions& options) {
    WorkDatabase work;
    ASSIGN_OR_RETURN(duck::Database database, duck::Database::open(path, options));
    work.database_ = std::make_unique<duck::Database>(std::move(database));
    ASSIGN_OR_RETURN(duck::Connection connection, work.database_->connect());
    work.connection_ = std::make_unique<duck::Connection>(std::move(connection));
    // The builder says when: a checkpoint rewrites what many transactions have touched.
    RETURN_IF_ERROR(work.connection_->execute("SET wal_autocheckpoint = '1TB'"));
    return work;
}

Result<WorkDatabase> WorkDatabase::open(const std::string& path,
                                        const duck::DatabaseOptions& options) {
    ASSIGN_OR_RETURN(const bool there, os::exists(path));
    if (!there) return fail(ErrorCode::kNotFound, "open {}: it is not there", path);
    // A write-ahead log may not be this database's: where a copy of the ledger was put over one
    // whose builder was killed, it outlives its own.  DuckDB compares an id and a number of
    // checkpoints, which copies share, and would apply its rows to the others'.  What it holds is
    // in the log of the ledger as well.
    const std::string left = path + ".left.wal";
    ASSIGN_OR_RETURN(const bool has_wal, os::exists(wal_path(path)));
    if (has_wal) RETURN_IF_ERROR(os::rename(wal_path(path), left));
    Result<WorkDatabase> attached = attach(path, options);
    if (has_wal && !attached && attached.error().code() == ErrorCode::kBusy) {
        // Another program is at work with both.
        RETURN_IF_ERROR(os::rename(left, wal_path(path)));
    }
    if (!attached) return fail(attached.error());
    RETURN_IF_ERROR(os::remove_file(left));
    ASSIGN_OR_RETURN(Fold fold, Fold::open(*attached->connection_));
    attached->fold_ = std::make_unique<Fold>(std::move(fold));
    return attached;
}

Result<WorkDatabase> WorkDatabase::create(const std::string& path,
                                          const duck::DatabaseOptions& options,
                                          Generation generation, const std::string& upcasters) {
    ASSIGN_OR_RETURN(WorkDatabase work, attach(path, options));
    duck::Connection& connection = *work.connection_;
    RETURN_IF_ERROR(create_index(connection, generation, upcasters));
    RETURN_IF_ERROR(work.checkpoint());
    ASSIGN_OR_RETURN(Fold fold, Fold::open(connection));
    work.fold_ = std::make_unique<Fold>(std::move(fold));
    return work;
}

Status WorkDatabase::forget(const std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
        for (const char* table : {"index_parts", "index_damage"}) {
            RETURN_IF_ERROR(
                connection_->query(fmt::format("DELETE FROM {} WHERE part = $1", table), {part}));
        }
    }
    return {};
}

Status WorkDatabase::seal(Generation generation, TimestampMs now) {
    RETURN_IF_ERROR(connection_->query(
        "UPDATE index_meta SET generation = $1, built_at = make_timestamp($2::BIGINT)",
        {generation.value(), now.value() * 1000}));
    return checkpoint();
}

}  // namespace daybook::index
