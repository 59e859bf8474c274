#include "archive/inflate.h"

#include <fcntl.h>

#include <utility>

#include <fmt/format.h>

#include "duck/rows.h"
#include "duck/sql.h"
#include "os/file.h"

namespace daybook::archive {
namespace {

// What is handed on at once.
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// An archive that cannot be read is damaged, whatever DuckDB calls it; running out of memory and
// the like are not.
Error explain(const Error& error, const std::string& path, const log::PartId& part) {
    const std::string attempt = fmt::format("read {} of {}", to_string(part), path);
    const bool is_content = error.code() == ErrorCode::kInvalidArgument ||
                            error.code() == ErrorCode::kInternal || error.code() == ErrorCode::kIo;
    if (!is_content) return error.with_context(attempt);
    return Error(ErrorCode::kCorrupt,
                 fmt::format("{}: {}", attempt, duck::parse_sql_error(error.message()).summary));
}

// Puts rows together, and checks that they are all there are.
class Assembly {
public:
    Assembly(const std::string& path, const ArchivedPart& part, const Inflater::OnBytes& on_bytes)
        : path_(path), part_(part), on_bytes_(on_bytes) {
        piece_.reserve(kPieceBytes + (std::size_t{64} << 10));
    }

    Status add(const ArchivedLine& line) {
        pass_removed();
        if (line.offset != at_) {
            return fail(ErrorCode::kCorrupt,
                        "read {} of {}: found a line of offset {}, expected one of {}",
                        to_string(part_.part), path_, line.offset.value(), at_.value());
        }
        piece_ += line.bytes;
        at_ += line.bytes.size();
        // Only what is unfinished at the end has no newline.
        if (at_ != ByteOffset(part_.bytes)) {
            piece_ += '\n';
            at_ += 1;
        }
        if (piece_.size() < kPieceBytes) return {};
        return flush();
    }

    Status finish() {
        pass_removed();
        if (at_ != ByteOffset(part_.bytes)) {
            return fail(ErrorCode::kCorrupt,
                        "read {} of {}: its lines end at offset {}, expected {}",
                        to_string(part_.part), path_, at_.value(), part_.bytes);
        }
        return piece_.empty() ? Status() : flush();
    }

private:
    void pass_removed() {
        for (; removed_ < part_.removed.size() && part_.removed[removed_].offset == at_;
             ++removed_) {
            at_ += part_.removed[removed_].length;
        }
    }

    Status flush() {
        RETURN_IF_ERROR(on_bytes_(piece_));
        piece_.clear();
        return {};
    }

    const std::string& path_;
    const ArchivedPart& part_;
    const Inflater::OnBytes& on_bytes_;
    std::string piece_;
    ByteOffset at_{};  // in the part as it was written
    std::size_t removed_ = 0;
};

}  // namespace

Result<Inflater> Inflater::open() {
    // Each caller is a thread; DuckDB's own would not help one stream of rows in order.
    duck::DatabaseOptions options;
    options.threads = 1;
    ASSIGN_OR_RETURN(duck::Database database, duck::Database::open_in_memory(options));
    return Inflater(std::move(database));
}

Status Inflater::inflate(const std::string& path, const ArchivedPart& part,
                         const OnBytes& on_bytes) const {
    Assembly assembly(path, part, on_bytes);
    if (part.readable_bytes() > 0) {
        RETURN_IF_ERROR(for_each_line(
            path, part.part, [&](const ArchivedLine& line) { return assembly.add(line); }));
    }
    return assembly.finish();
}

Status Inflater::for_each_line(const std::string& path, const log::PartId& part,
                               const OnLine& on_line) const {
    ASSIGN_OR_RETURN(const ParquetSource source, parquet_source(path));
    ASSIGN_OR_RETURN(duck::Connection connection, database_.connect());
    const std::string sql = fmt::format(
        "SELECT CAST(\"offset\" AS BIGINT), CAST(line AS VARCHAR), CAST(damaged_bytes AS BLOB) "
        "FROM {} WHERE part = {}",
        source.sql, duck::quote_literal(to_string(part)));
    Result<duck::Rows> rows = connection.stream(sql);
    if (!rows) return fail(explain(rows.error(), path, part));
    while (true) {
        const Result<bool> more = rows->next_chunk();
        if (!more) return fail(explain(more.error(), path, part));
        if (!*more) return {};
        const duck::Column& offsets = rows->column(0);
        const duck::Column& lines = rows->column(1);
        const duck::Column& damaged = rows->column(2);
        for (std::size_t row = 0; row < rows->chunk_size(); ++row) {
            if (offsets.is_null(row) || lines.is_null(row) == damaged.is_null(row)) {
                return fail(ErrorCode::kCorrupt, "read {} of {}: a row has not one line",
                            to_string(part), path);
            }
            RETURN_IF_ERROR(on_line(
                {.offset = ByteOffset(static_cast<std::uint64_t>(offsets.get_int64(row))),
                 .bytes = lines.is_null(row) ? damaged.get_blob(row) : lines.get_string(row)}));
        }
    }
}

Result<ParquetSource> parquet_source(const std::string& path) {
    ASSIGN_OR_RETURN(os::UniqueFd holder, os::open_fd(path, O_RDONLY));
    // DuckDB takes these for patterns, and knows no way to write them.
    const bool is_pattern = path.find_first_of("*?[") != std::string::npos;
    const std::string name = is_pattern ? fmt::format("/proc/self/fd/{}", holder.get()) : path;
    std::string sql =
        fmt::format("read_parquet({}, hive_partitioning = false)", duck::quote_literal(name));
    return ParquetSource{.holder = std::move(holder), .sql = std::move(sql)};
}

}  // namespace daybook::archive
