#include "query/parquet_file.h"

#include <set>

#include "base/text.h"
#include "duck/database.h"
#include "duck/rows_relay.h"
#include "duck/sql.h"

namespace daybook::query {
namespace {

// The unit a reader skips; DuckDB's own default, fixed here so that bytes do not change with it.
constexpr int kRowGroupRows = 122'880;
constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 30;

// Readers tell columns apart by name, many without regard to case.
std::string column_list(const duck::Rows& rows) {
    std::set<std::string> taken;
    std::string list;
    for (std::size_t i = 0; i < rows.column_count(); ++i) {
        std::string name = rows.column_name(i);
        for (int n = 1; !taken.insert(lower_case(name)).second; ++n) {
            name = fmt::format("{}_{}", rows.column_name(i), n);
        }
        list += fmt::format("{}c{} AS {}", i == 0 ? "" : ", ", i, duck::quote_identifier(name));
    }
    return list;
}

}  // namespace

Status write_parquet(duck::Rows& rows, const std::string& path) {
    ASSIGN_OR_RETURN(const duck::Database database,
                     duck::Database::open_in_memory({.threads = 1,
                                                     .memory_bytes_max = kMemoryBytesMax,
                                                     .temp_directory = path + ".spill"}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    duck::RowsRelay relay(rows);
    RETURN_IF_ERROR(relay.attach(connection, "result"));
    // The caller has its own temporary file.
    const Status copied = connection.execute(
        fmt::format("COPY (SELECT {} FROM result()) TO {} (FORMAT parquet, COMPRESSION zstd, "
                    "ROW_GROUP_SIZE {}, USE_TMP_FILE false)",
                    column_list(rows), duck::quote_literal(path), kRowGroupRows));
    if (relay.error()) return fail(*relay.error());
    if (!copied) return fail(copied.error().with_context("write " + path));
    return {};
}

}  // namespace daybook::query
