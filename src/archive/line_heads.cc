#include "archive/line_heads.h"

#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "duck/rows.h"
#include "duck/sql.h"

namespace daybook::archive {
namespace {

// A line's bytes are known when the next one's offset is.
class Heads {
public:
    Heads(const std::string& path, const ArchivedPart& part,
          const std::function<void(const LineHead& head)>& on_head)
        : path_(path), part_(part), on_head_(on_head) {}

    Status add(std::uint64_t offset, const LineHead& head) {
        RETURN_IF_ERROR(finish(offset));
        type_.assign(head.event_type);
        run_.assign(head.run_id);
        head_ = head;
        at_ = offset;
        return {};
    }
    Status finish(std::uint64_t end) {
        if (!head_) return {};
        if (end <= at_) {
            return fail(ErrorCode::kCorrupt,
                        "read {} of {}: a line of offset {} is followed by one of {}",
                        to_string(part_.part), path_, at_, end);
        }
        head_->event_type = type_;
        head_->run_id = run_;
        head_->bytes = end - at_;
        on_head_(*head_);
        head_.reset();
        return {};
    }

private:
    const std::string& path_;
    const ArchivedPart& part_;
    const std::function<void(const LineHead& head)>& on_head_;
    std::optional<LineHead> head_;
    std::string type_;
    std::string run_;
    std::uint64_t at_ = 0;
};

Error explain(const Error& error, const std::string& path, const log::PartId& part) {
    return error.with_context(fmt::format("read {} of {}", to_string(part), path));
}

}  // namespace

Status for_each_head(const Inflater& inflater, const std::string& path, const ArchivedPart& part,
                     const std::function<void(const LineHead& head)>& on_head) {
    DAYBOOK_CHECK(part.rewrites == 0);
    ASSIGN_OR_RETURN(const ParquetSource source, parquet_source(path));
    ASSIGN_OR_RETURN(duck::Connection connection, inflater.database().connect());
    const std::string sql = fmt::format(
        "SELECT CAST(\"offset\" AS BIGINT), CAST(event_type AS VARCHAR), CAST(run_id AS VARCHAR), "
        "CAST(timestamp_ms AS BIGINT) FROM {} WHERE part = {}",
        source.sql, duck::quote_literal(to_string(part.part)));
    Result<duck::Rows> rows = connection.stream(sql);
    if (!rows) return fail(explain(rows.error(), path, part.part));
    Heads heads(path, part, on_head);
    while (true) {
        const Result<bool> more = rows->next_chunk();
        if (!more) return fail(explain(more.error(), path, part.part));
        if (!*more) return heads.finish(part.bytes);
        const duck::Column& offsets = rows->column(0);
        const duck::Column& types = rows->column(1);
        const duck::Column& runs = rows->column(2);
        const duck::Column& times = rows->column(3);
        for (std::size_t row = 0; row < rows->chunk_size(); ++row) {
            LineHead head;
            if (!types.is_null(row) && !runs.is_null(row) && !times.is_null(row)) {
                head = {.is_event = true,
                        .event_type = types.get_string(row),
                        .run_id = runs.get_string(row),
                        .timestamp = TimestampMs(times.get_int64(row))};
            }
            RETURN_IF_ERROR(heads.add(static_cast<std::uint64_t>(offsets.get_int64(row)), head));
        }
    }
}

}  // namespace daybook::archive
