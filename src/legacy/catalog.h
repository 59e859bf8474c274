// What is in an old file: its tables and views, and their columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "duck/connection.h"

namespace daybook::legacy {

struct CatalogTable {
    std::string schema;
    std::string name;
    // In their order, as they are spelt; SQL does not tell 'A' from 'a'.
    std::vector<std::string> columns{};
    std::vector<std::string> types{};  // "BIGINT", as SQL spells them
    std::uint64_t rows = 0;            // about; of a view 0
    bool is_view = false;
    // Of a table that is another one with a row for each item of a list: that one, and the query.
    const CatalogTable* spread_of = nullptr;
    std::string spread_sql{};

    // "optimizer.trials_f"; what is in `main` without a schema.
    std::string full_name() const;
    // "\"optimizer\".\"trials_f\"", or the query in parentheses.
    std::string quoted_name() const;
    bool has_column(std::string_view column) const;
};

struct Catalog {
    std::vector<CatalogTable> tables{};  // by schema and name

    // The table that a mapping names; nullptr: there is none.
    const CatalogTable* find(std::string_view full_name) const;
};

Result<Catalog> read_catalog(duck::Connection& connection);

// "optimizer.runs_d (run_id VARCHAR, …), …" for a message: the first tables, and how many there are
// beside.
std::string describe(const Catalog& catalog);

}  // namespace daybook::legacy
