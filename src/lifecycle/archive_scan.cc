#include "lifecycle/archive_scan.h"

#include <string>

#include <fmt/format.h>

#include "archive/inflate.h"
#include "duck/sql.h"

namespace daybook::lifecycle {
namespace {

// Where the lines of a part lie, gathered from where each begins: a line ends where the next one
// that is left begins, or where lines were taken out.
class LineEnds {
public:
    explicit LineEnds(const archive::ArchivedPart& part) : part_(part) {}

    // The length of the line that begins at `offset`; the next one begins at `next`.
    std::uint64_t length(std::uint64_t offset, std::uint64_t next) {
        while (removed_ < part_.removed.size() && part_.removed[removed_].offset.value() < offset) {
            ++removed_;
        }
        const bool has_gap =
            removed_ < part_.removed.size() && part_.removed[removed_].offset.value() < next;
        return (has_gap ? part_.removed[removed_].offset.value() : next) - offset;
    }

private:
    const archive::ArchivedPart& part_;
    std::size_t removed_ = 0;  // the first range that does not lie before the line
};

}  // namespace

Status scan_archive(duck::Connection& connection, const archive::ArchiveLayout& layout,
                    const archive::Manifest& manifest, const archive::ArchiveFile& file,
                    const std::function<Status(const ScannedEvent&)>& on_event) {
    ASSIGN_OR_RETURN(const archive::ParquetSource source,
                     archive::parquet_source(layout.file_path(manifest.day, file.name)));
    for (const archive::ArchivedPart& part : manifest.parts) {
        if (part.file != file.name) continue;
        ASSIGN_OR_RETURN(duck::Rows rows,
                         connection.stream(fmt::format(
                             "SELECT CAST(\"offset\" AS BIGINT), event_type, run_id FROM {} "
                             "WHERE part = {}",
                             source.sql, duck::quote_literal(to_string(part.part)))));
        // A line's length is known when the next one is.
        LineEnds ends(part);
        bool has_line = false;
        std::uint64_t offset = 0;
        std::string type;
        std::string run_id;
        const auto hand_on = [&](std::uint64_t next) -> Status {
            if (!has_line || type.empty()) return {};
            return on_event({part, type, run_id, ends.length(offset, next)});
        };
        while (true) {
            ASSIGN_OR_RETURN(const bool more, rows.next());
            if (!more) break;
            const auto begins = static_cast<std::uint64_t>(rows.get_int64(0));
            RETURN_IF_ERROR(hand_on(begins));
            has_line = true;
            offset = begins;
            type.assign(rows.is_null(1) ? std::string_view() : rows.get_string(1));
            run_id.assign(rows.is_null(2) ? std::string_view() : rows.get_string(2));
        }
        RETURN_IF_ERROR(hand_on(part.bytes));
    }
    return {};
}

}  // namespace daybook::lifecycle
