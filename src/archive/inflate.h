// Makes the bytes of a part again from the rows of an archive file.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "archive/manifest.h"
#include "base/result.h"
#include "duck/database.h"
#include "log/layout.h"

namespace daybook::archive {

// The rows of an archive file, in its order.  Lent during the call.
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

    // Calls `on_line` for every row of the part.
    Status for_each_line(const std::string& path, const log::PartId& part,
                         const OnLine& on_line) const;

    const duck::Database& database() const { return database_; }

private:
    explicit Inflater(duck::Database database) : database_(std::move(database)) {}
    duck::Database database_;
};

// The table function that reads `path`, whatever characters it holds; valid as long as `holder`
// is, which keeps the file open.
struct ParquetSource {
    os::UniqueFd holder;
    std::string sql;
};
Result<ParquetSource> parquet_source(const std::string& path);

}  // namespace daybook::archive
