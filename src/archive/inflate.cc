#include "archive/inflate.h"

#include <fcntl.h>

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "duck/rows.h"
#include "duck/sql.h"
#include "os/file.h"

namespace daybook::archive {
namespace {

// What is handed on at once.
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
// Less than this one thread has done sooner than two have been started.
constexpr std::uint64_t kQuickBytesMin = std::uint64_t{8} << 20;

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

// Puts rows together, and checks that they are all there are between two offsets of the part as it
// was written.
class Assembly {
public:
    Assembly(const std::string& path, const ArchivedPart& part, ByteOffset from, ByteOffset to,
             const Inflater::OnPlacedBytes& on_bytes)
        : path_(path), part_(part), on_bytes_(on_bytes), at_(from), to_(to), place_(from) {
        piece_.reserve(kPieceBytes + (std::size_t{64} << 10));
        std::uint64_t gone = 0;
        for (; removed_ < part.removed.size() && part.removed[removed_].offset < from; ++removed_) {
            gone += part.removed[removed_].length;
        }
        place_ = ByteOffset(from.value() - gone);
    }

    Status add(const ArchivedLine& line) {
        pass_removed();
        if (line.offset != at_) {
            return fail(ErrorCode::kCorrupt,
                        "read {} of {}: found a line of offset {}, expected one of {}",
                        to_string(part_.part), path_, line.offset.value(), at_.value());
        }
        // Before it is copied: what a manifest allows is all that is taken.
        if (line.bytes.size() > to_ - at_) {
            return fail(ErrorCode::kCorrupt,
                        "read {} of {}: found a line of {} bytes at offset {}, expected at most {}",
                        to_string(part_.part), path_, line.bytes.size(), at_.value(), to_ - at_);
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
        if (at_ != to_) {
            return fail(ErrorCode::kCorrupt, "read {} of {}: lines end at offset {}, expected {}",
                        to_string(part_.part), path_, at_.value(), to_.value());
        }
        return piece_.empty() ? Status() : flush();
    }

private:
    void pass_removed() {
        for (;
             removed_ < part_.removed.size() && part_.removed[removed_].offset == at_ && at_ < to_;
             ++removed_) {
            at_ += part_.removed[removed_].length;
        }
    }

    Status flush() {
        RETURN_IF_ERROR(on_bytes_(place_, piece_));
        place_ += piece_.size();
        piece_.clear();
        return {};
    }

    const std::string& path_;
    const ArchivedPart& part_;
    const Inflater::OnPlacedBytes& on_bytes_;
    std::string piece_;
    ByteOffset at_;  // in the part as it was written
    ByteOffset to_;
    ByteOffset place_;  // of the piece, in what is left of the part
    std::size_t removed_ = 0;
};

// The offsets where each of up to `count` threads begins, of those where row groups do.
std::vector<ByteOffset> starts_of(const std::vector<ByteOffset>& row_groups, std::size_t count) {
    // What lies before the first row of a part has been removed.
    std::vector<ByteOffset> starts = {ByteOffset(0)};
    for (std::size_t i = 1; i < count; ++i) {
        const std::size_t group = i * row_groups.size() / count;
        if (group > 0 && row_groups[group] > starts.back()) starts.push_back(row_groups[group]);
    }
    return starts;
}

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
    return inflate_range(path, part, ByteOffset(0), ByteOffset(part.bytes),
                         [&](ByteOffset, std::string_view bytes) { return on_bytes(bytes); });
}

Status Inflater::inflate_range(const std::string& path, const ArchivedPart& part, ByteOffset from,
                               ByteOffset to, const OnPlacedBytes& on_bytes) const {
    if (part.readable_bytes() == 0) return {};
    Assembly assembly(path, part, from, to, on_bytes);
    RETURN_IF_ERROR(for_each_line(
        path, part.part, [&](const ArchivedLine& line) { return assembly.add(line); }, from, to));
    return assembly.finish();
}

Status Inflater::inflate_quickly(const std::string& path, const ArchivedPart& part,
                                 unsigned threads, const OnPlacedBytes& on_bytes) const {
    std::vector<ByteOffset> starts = {ByteOffset(0)};
    if (threads > 1 && part.readable_bytes() >= kQuickBytesMin) {
        ASSIGN_OR_RETURN(const std::vector<ByteOffset> groups, row_groups(path, part.part));
        starts = starts_of(groups, std::min<std::size_t>(threads, groups.size()));
    }
    std::vector<Status> statuses(starts.size());
    const auto work = [&](std::size_t i) {
        const ByteOffset to = i + 1 < starts.size() ? starts[i + 1] : ByteOffset(part.bytes);
        statuses[i] = inflate_range(path, part, starts[i], to, on_bytes);
    };
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < starts.size(); ++i) others.emplace_back(work, i);
    work(0);
    for (std::thread& other : others) other.join();
    for (const Status& status : statuses) RETURN_IF_ERROR(status);
    return {};
}

Result<std::vector<ByteOffset>> Inflater::row_groups(const std::string& path,
                                                     const log::PartId& part) const {
    ASSIGN_OR_RETURN(const ParquetSource source, parquet_source(path));
    ASSIGN_OR_RETURN(duck::Connection connection, database_.connect());
    const std::string sql = fmt::format(
        "SELECT TRY_CAST(min(stats_min_value) FILTER (path_in_schema = 'offset') AS BIGINT) "
        "FROM parquet_metadata({}) WHERE path_in_schema IN ('part', 'offset') "
        "GROUP BY row_group_id HAVING max(stats_max_value) FILTER (path_in_schema = 'part') = {} "
        "ORDER BY row_group_id",
        duck::quote_literal(source.name), duck::quote_literal(to_string(part)));
    Result<duck::Rows> rows = connection.query(sql);
    if (!rows) return fail(explain(rows.error(), path, part));
    std::vector<ByteOffset> begins;
    while (true) {
        ASSIGN_OR_RETURN(const bool more, rows->next());
        if (!more) return begins;
        const std::int64_t begin = rows->is_null(0) ? -1 : rows->get_int64(0);
        const ByteOffset offset(static_cast<std::uint64_t>(begin));
        // Another writer's file, perhaps: it is read from end to end.
        if (begin < 0 || (!begins.empty() && offset <= begins.back())) {
            return std::vector<ByteOffset>{};
        }
        begins.push_back(offset);
    }
}

Status Inflater::for_each_line(const std::string& path, const log::PartId& part,
                               const OnLine& on_line, ByteOffset from, ByteOffset to) const {
    ASSIGN_OR_RETURN(const ParquetSource source, parquet_source(path));
    ASSIGN_OR_RETURN(duck::Connection connection, database_.connect());
    const std::string sql = fmt::format(
        "SELECT CAST(\"offset\" AS BIGINT), CAST(line AS VARCHAR), CAST(damaged_bytes AS BLOB) "
        "FROM {} WHERE part = {} AND \"offset\" >= {} AND \"offset\" < {}",
        source.sql, duck::quote_literal(to_string(part)), from.value(), to.value());
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
    std::string name = is_pattern ? fmt::format("/proc/self/fd/{}", holder.get()) : path;
    std::string sql =
        fmt::format("read_parquet({}, hive_partitioning = false)", duck::quote_literal(name));
    return ParquetSource{
        .holder = std::move(holder), .name = std::move(name), .sql = std::move(sql)};
}

}  // namespace daybook::archive
