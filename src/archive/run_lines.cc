#include "archive/run_lines.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/inflate.h"
#include "archive/manifest.h"
#include "archive/manifest_file.h"
#include "duck/rows.h"
#include "duck/sql.h"

namespace daybook::archive {
namespace {

Status read_file_of(const duck::Database& database, const std::string& path,
                    std::string_view run_id,
                    const std::function<void(std::string_view line)>& on_line) {
    ASSIGN_OR_RETURN(const ParquetSource source, parquet_source(path));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    const std::string sql = fmt::format(
        "SELECT CAST(line AS VARCHAR) FROM {} WHERE line IS NOT NULL "
        "AND (run_id = {} OR starts_with(run_id, {})) ORDER BY part, \"offset\"",
        source.sql, duck::quote_literal(std::string(run_id)),
        duck::quote_literal(fmt::format("{}.", run_id)));
    Result<duck::Rows> rows = connection.stream(sql);
    if (!rows) return fail(rows.error().with_context("read " + path));
    while (true) {
        const Result<bool> more = rows->next_chunk();
        if (!more) return fail(more.error().with_context("read " + path));
        if (!*more) return {};
        const duck::Column& lines = rows->column(0);
        for (std::size_t row = 0; row < rows->chunk_size(); ++row) on_line(lines.get_string(row));
    }
}

// Reads the archives, a day after the other.  DuckDB is loaded for the first file that there is to
// ask.
class RunLines {
public:
    RunLines(const ArchiveLayout& layout, std::string_view run_id,
             const std::function<void(std::string_view line)>& on_line)
        : layout_(layout), run_id_(run_id), on_line_(on_line) {}

    Status read_day(Day day) {
        ASSIGN_OR_RETURN(std::optional<Manifest> manifest, read_manifest(layout_, day));
        while (manifest) {
            Status read = read_files(*manifest);
            if (read) return {};
            // Retention may have replaced a file after its manifest was read: then there is another
            // manifest.
            ASSIGN_OR_RETURN(std::optional<Manifest> after, read_manifest(layout_, day));
            if (after == manifest) return read;
            manifest = std::move(after);
        }
        return {};
    }

private:
    Status read_files(const Manifest& manifest) {
        for (const ArchiveFile& file : manifest.files) {
            if (!inflater_) {
                ASSIGN_OR_RETURN(inflater_, Inflater::open());
            }
            RETURN_IF_ERROR(read_file_of(inflater_->database(),
                                         layout_.file_path(manifest.day, file.name), run_id_,
                                         on_line_));
        }
        return {};
    }

    const ArchiveLayout& layout_;
    std::string_view run_id_;
    const std::function<void(std::string_view line)>& on_line_;
    std::optional<Inflater> inflater_;
};

}  // namespace

Status for_each_line_of_run(const ledger::LedgerDir& dir, std::string_view run_id,
                            const std::function<void(std::string_view line)>& on_line) {
    const ArchiveLayout layout(dir);
    ASSIGN_OR_RETURN(const std::vector<Day> days, list_days(layout));
    RunLines lines(layout, run_id, on_line);
    for (const Day day : days) RETURN_IF_ERROR(lines.read_day(day));
    return {};
}

}  // namespace daybook::archive
