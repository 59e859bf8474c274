// The builder's own database, index/work/index.duckdb.
//
// While it is open nothing else in this process may open or close its file: DuckDB's POSIX lock
// would be dropped (duck/database.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "duck/database.h"
#include "index/batch.h"
#include "index/fold.h"
#include "index/index_layout.h"
#include "index/index_state.h"

namespace daybook::index {

class WorkDatabase {
public:
    // Opens what is there, as its last checkpoint left it; kNotFound if there is nothing, kCorrupt
    // and the like if it is no database.
    static Result<WorkDatabase> open(const std::string& path, const duck::DatabaseOptions& options);
    // Makes an empty one, for rows made with `upcasters`; nothing may be there.
    static Result<WorkDatabase> create(const std::string& path,
                                       const duck::DatabaseOptions& options, Generation generation,
                                       const std::string& upcasters);

    duck::Connection& connection() { return *connection_; }
    Fold& fold() { return *fold_; }

    Result<IndexMeta> meta() { return read_index_meta(*connection_); }
    Result<std::vector<RetentionMark>> marks() { return read_retention_marks(*connection_); }
    Result<std::vector<PartState>> parts() { return read_index_parts(*connection_); }
    // Forgets how far the parts have been read, and their damage.
    Status forget(const std::vector<std::string>& parts);
    // Writes all to the file: a builder that is killed loses what came after.
    Status checkpoint() { return connection_->execute("CHECKPOINT"); }
    // Notes that the rows are about to be published as `generation`, and writes all to the file.
    Status seal(Generation generation, TimestampMs now);

private:
    WorkDatabase() = default;
    static Result<WorkDatabase> attach(const std::string& path,
                                       const duck::DatabaseOptions& options);

    // In the order in which they may not outlive each other.
    std::unique_ptr<duck::Database> database_;
    std::unique_ptr<duck::Connection> connection_;
    std::unique_ptr<Fold> fold_;
};

// Removes what the database at `path` has not checkpointed.  Nobody may have it open.
Status remove_write_ahead_log(const std::string& path);
// Removes the database at `path` with its write-ahead log.
Status remove_database(const std::string& path);

}  // namespace daybook::index
