#include "index/work_database.h"

#include <utility>

#include "index/tables.h"
#include "index/views.h"
#include "os/file.h"

namespace daybook::index {
namespace {

// Raised whenever the same events may come to other rows.
constexpr int kFoldVersion = 1;

}  // namespace

std::string builder_version() { return fmt::format("fold {}", kFoldVersion); }

Status remove_database(const std::string& path) {
    RETURN_IF_ERROR(os::remove_file(path));
    return os::remove_file(path + ".wal");
}

Result<WorkDatabase> WorkDatabase::attach(const std::string& path,
                                          const duck::DatabaseOptions& options) {
    WorkDatabase work;
    ASSIGN_OR_RETURN(duck::Database database, duck::Database::open(path, options));
    work.database_ = std::make_unique<duck::Database>(std::move(database));
    ASSIGN_OR_RETURN(duck::Connection connection, work.database_->connect());
    work.connection_ = std::make_unique<duck::Connection>(std::move(connection));
    // One checkpoint at the end instead of one in the middle of a build.
    RETURN_IF_ERROR(work.connection_->execute("SET wal_autocheckpoint = '1TB'"));
    return work;
}

Result<WorkDatabase> WorkDatabase::open(const std::string& path,
                                        const duck::DatabaseOptions& options) {
    ASSIGN_OR_RETURN(const bool there, os::exists(path));
    if (!there) return fail(ErrorCode::kNotFound, "open {}: it is not there", path);
    ASSIGN_OR_RETURN(WorkDatabase work, attach(path, options));
    ASSIGN_OR_RETURN(Fold fold, Fold::open(*work.connection_));
    work.fold_ = std::make_unique<Fold>(std::move(fold));
    return work;
}

Result<WorkDatabase> WorkDatabase::create(const std::string& path,
                                          const duck::DatabaseOptions& options,
                                          Generation generation, const std::string& upcasters) {
    ASSIGN_OR_RETURN(WorkDatabase work, attach(path, options));
    duck::Connection& connection = *work.connection_;
    RETURN_IF_ERROR(connection.execute(create_tables_sql()));
    RETURN_IF_ERROR(connection.execute(std::string(create_views_sql())));
    RETURN_IF_ERROR(connection.query(
        "INSERT INTO index_meta VALUES ($1, $2, NULL, $3, $4, NULL, $5)",
        {kIndexFormat, generation.value(), builder_version(), Hash128().to_hex(), upcasters}));
    ASSIGN_OR_RETURN(Fold fold, Fold::open(connection));
    work.fold_ = std::make_unique<Fold>(std::move(fold));
    return work;
}

Result<WorkMeta> WorkDatabase::meta() {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection_->query("SELECT format, generation, built_at IS NOT NULL, "
                                        "builder_version, upcasters, digest FROM index_meta"));
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) return fail(ErrorCode::kCorrupt, "read index_meta: it is empty");
    return WorkMeta{static_cast<int>(rows.get_int64(0)),
                    Generation(rows.get_uint64(1)),
                    rows.get_bool(2),
                    std::string(rows.get_string(3)),
                    std::string(rows.get_string(4)),
                    std::string(rows.get_string(5))};
}

Result<std::vector<PartState>> WorkDatabase::parts() {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection_->query("SELECT part, bytes, lines, first_offset, first_checksum, "
                                        "last_offset, last_checksum, damaged, \"foreign\" "
                                        "FROM index_parts ORDER BY part"));
    std::vector<PartState> parts;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) break;
        parts.push_back({std::string(rows.get_string(0)), rows.get_uint64(1), rows.get_uint64(2),
                         rows.get_uint64(3), rows.get_uint64(4), rows.get_uint64(5),
                         rows.get_uint64(6), rows.get_uint64(7), rows.get_uint64(8)});
    }
    return parts;
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
    return connection_->execute("CHECKPOINT");
}

}  // namespace daybook::index
