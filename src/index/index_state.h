// What an index says of itself: who made it, from what, and how far the log has been read.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"
#include "index/batch.h"
#include "index/fold.h"
#include "index/index_layout.h"

namespace daybook::index {

// The row of index_meta.
struct IndexMeta {
    int format = 0;
    Generation generation{};
    // The rows have been published as they are.
    bool is_published = false;
    std::string builder_version;
    std::string upcasters;  // LedgerUpcaster::id
    std::string digest;
    // How many sources beside the log the views answer from (extra_tables.h).
    std::size_t sources = 0;
};

// Changes whenever the same events may come to other rows.
std::string builder_version();

// Makes the tables, views and macros of an empty index, as a builder with these upcasters would.
Status create_index(duck::Connection& connection, Generation generation,
                    const std::string& upcasters);

// `catalog` is the attached database to read, with a dot behind it; empty: the connection's own.
Result<IndexMeta> read_index_meta(duck::Connection& connection, const std::string& catalog = {});
Result<std::vector<PartState>> read_index_parts(duck::Connection& connection,
                                                const std::string& catalog = {});

// What the index accounts for of what retention has removed.
Result<std::vector<RetentionMark>> read_retention_marks(duck::Connection& connection);

// The first table that the connection's own database lacks; empty: it has all.
Result<std::string> missing_table(duck::Connection& connection);

// Why rows made as `meta` says cannot be continued by this program with `upcasters`; empty if they
// can.
std::string meta_obstacle(const IndexMeta& meta, const std::string& upcasters);

}  // namespace daybook::index
