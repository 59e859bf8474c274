// The peers that are embedded stores.

#include <leveldb/db.h>
#include <rocksdb/db.h>
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "peers.h"

namespace daybook::bench {
namespace {

// No measurement fills it, so that none pays for tables: what is compared is the log.
constexpr std::size_t kTableBytes = std::size_t{1} << 30;
// Longer than any queue of writers here.
constexpr int kSqliteBusyMs = 120'000;

struct Key {
    explicit Key(std::size_t index) : bytes(__builtin_bswap64(index)) {}
    std::uint64_t bytes;  // most significant first, so that keys ascend
    const char* data() const { return reinterpret_cast<const char*>(&bytes); }
};

std::string_view value_of(Lines lines, std::size_t i) {
    const std::string_view line = lines[i % lines.size()];
    return line.substr(0, line.size() - 1);
}

template <typename StoreStatus>
Status checked(const StoreStatus& status) {
    if (!status.ok()) return fail(ErrorCode::kInternal, "{}", status.ToString());
    return {};
}

class Sqlite {
public:
    static Result<std::shared_ptr<Sqlite>> open(const std::string& path, SqliteSync sync) {
        auto self = std::make_shared<Sqlite>();
        const int opened = ::sqlite3_open(path.c_str(), &self->db_);
        RETURN_IF_ERROR(self->check(opened));
        RETURN_IF_ERROR(self->check(::sqlite3_busy_timeout(self->db_, kSqliteBusyMs)));
        RETURN_IF_ERROR(self->run("PRAGMA journal_mode=WAL"));
        RETURN_IF_ERROR(self->run(sync == SqliteSync::kFull ? "PRAGMA synchronous=FULL"
                                                            : "PRAGMA synchronous=NORMAL"));
        RETURN_IF_ERROR(
            self->run("CREATE TABLE IF NOT EXISTS events(id INTEGER PRIMARY KEY, line BLOB)"));
        RETURN_IF_ERROR(self->check(::sqlite3_prepare_v2(
            self->db_, "INSERT INTO events(line) VALUES (?)", -1, &self->insert_, nullptr)));
        return self;
    }
    Sqlite() = default;
    Sqlite(const Sqlite&) = delete;
    Sqlite& operator=(const Sqlite&) = delete;
    ~Sqlite() {
        ::sqlite3_finalize(insert_);
        ::sqlite3_close(db_);
    }

    Status insert(std::string_view line) {
        const std::scoped_lock lock(turn_);
        ::sqlite3_bind_blob(insert_, 1, line.data(), static_cast<int>(line.size()), SQLITE_STATIC);
        const int step = ::sqlite3_step(insert_);
        const int reset = ::sqlite3_reset(insert_);
        return check(step == SQLITE_DONE ? reset : step);
    }

private:
    Status run(const char* sql) {
        return check(::sqlite3_exec(db_, sql, nullptr, nullptr, nullptr));
    }
    Status check(int code) {
        if (code == SQLITE_OK) return {};
        return fail(ErrorCode::kInternal, "SQLite: {}", ::sqlite3_errmsg(db_));
    }

    std::mutex turn_;
    sqlite3* db_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

}  // namespace

OpenDesk rocksdb_put(const Workspace& workspace, Lines lines) {
    return [&workspace, lines](int) -> Result<Desk> {
        rocksdb::Options options;
        options.create_if_missing = true;
        options.write_buffer_size = kTableBytes;
        rocksdb::DB* opened = nullptr;
        RETURN_IF_ERROR(
            checked(rocksdb::DB::Open(options, workspace.path("peers/rocksdb"), &opened)));
        const std::shared_ptr<rocksdb::DB> db(opened);
        return [db, lines](int) -> Result<Call> {
            return [db, lines](std::size_t i) {
                const Key key(i);
                return checked(
                    db->Put(rocksdb::WriteOptions(), {key.data(), sizeof key}, value_of(lines, i)));
            };
        };
    };
}

OpenDesk leveldb_put(const Workspace& workspace, Lines lines) {
    return [&workspace, lines](int) -> Result<Desk> {
        leveldb::Options options;
        options.create_if_missing = true;
        options.write_buffer_size = kTableBytes;
        leveldb::DB* opened = nullptr;
        RETURN_IF_ERROR(
            checked(leveldb::DB::Open(options, workspace.path("peers/leveldb"), &opened)));
        const std::shared_ptr<leveldb::DB> db(opened);
        return [db, lines](int) -> Result<Call> {
            return [db, lines](std::size_t i) {
                const Key key(i);
                const std::string_view value = value_of(lines, i);
                return checked(db->Put(leveldb::WriteOptions(), {key.data(), sizeof key},
                                       {value.data(), value.size()}));
            };
        };
    };
}

OpenDesk sqlite_insert(const Workspace& workspace, Lines lines, SqliteSync sync,
                       SqliteConnections connections) {
    return [&workspace, lines, sync, connections](int) -> Result<Desk> {
        const std::string path = workspace.path("peers/sqlite.db");
        ASSIGN_OR_RETURN(const std::shared_ptr<Sqlite> shared, Sqlite::open(path, sync));
        return [=](int) -> Result<Call> {
            std::shared_ptr<Sqlite> own = shared;
            if (connections == SqliteConnections::kOneEach) {
                ASSIGN_OR_RETURN(own, Sqlite::open(path, sync));
            }
            return [own, lines](std::size_t i) { return own->insert(value_of(lines, i)); };
        };
    };
}

}  // namespace daybook::bench
