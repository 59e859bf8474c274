// Makes the bytes of a part again from the rows of an archive file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/manifest.h"
#include "base/result.h"
#include "base/strong.h"
#include "duck/database.h"
#include "log/layout.h"
#include "os/file.h"

namespace daybook::archive {

// A row of an archive file.  Lent during the call.
struct ArchivedLine {
    ByteOffset offset{};  // in the part as it was written
    std::string_view bytes;
};

// Safe to use from all threads; each call is the work of the thread that makes it.
class Inflater {
public:
    static Result<Inflater> open();

    using OnBytes = std::function<Status(std::string_view bytes)>;
    using OnLine = std::function<Status(const ArchivedLine& line)>;

    // Calls `on_bytes` with the bytes of `part`, or what is left of them, a piece at a time.
    // `path` is of the archive file that holds it.  kCorrupt: rows are missing, or too many, or
    // the file cannot be read.
    Status inflate(const std::string& path, const ArchivedPart& part,
                   const OnBytes& on_bytes) const;

    using OnPlacedBytes = std::function<Status(ByteOffset offset, std::string_view bytes)>;
    // The same with up to `threads` threads, each at a stretch of row groups: for a part that
    // somebody waits for.  They call `on_bytes` at once, with where the bytes lie in what is left
    // of the part.
    Status inflate_quickly(const std::string& path, const ArchivedPart& part, unsigned threads,
                           const OnPlacedBytes& on_bytes) const;

    // Calls `on_line` for every row of the part, or for those from one offset on up to another.
    Status for_each_line(const std::string& path, const log::PartId& part, const OnLine& on_line,
                         ByteOffset from = ByteOffset(0),
                         ByteOffset to = ByteOffset(INT64_MAX)) const;

    const duck::Database& database() const { return database_; }

private:
    // The same of what lies between two offsets, at each of which a row begins.
    Status inflate_range(const std::string& path, const ArchivedPart& part, ByteOffset from,
                         ByteOffset to, const OnPlacedBytes& on_bytes) const;
    // Where the row groups of a part begin, in order; none if that cannot be told.
    Result<std::vector<ByteOffset>> row_groups(const std::string& path,
                                               const log::PartId& part) const;
    explicit Inflater(duck::Database database) : database_(std::move(database)) {}
    duck::Database database_;
};

// The table function that reads `path`, whatever characters it holds; valid as long as `holder`
// is, which keeps the file open.
struct ParquetSource {
    os::UniqueFd holder;
    std::string name;  // as DuckDB may be given it
    std::string sql;
};
Result<ParquetSource> parquet_source(const std::string& path);

}  // namespace daybook::archive
