// Compares the tables of two indexes.
//
// By digest first, which reads each side once; only tables that differ are read again, ordered by
// key, side by side and row by row, so that an index of any size is compared in little memory.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "duck/connection.h"
#include "index/tables.h"

namespace daybook::index {

// The first place where two indexes differ.
struct TableDifference {
    std::string table;
    std::string key;     // "run_id=r1,trial_id=t7"
    std::string column;  // empty: only one side has the row
    // Values as DuckDB writes them as text; nullopt: NULL, or no such row.
    std::optional<std::string> left{};
    std::optional<std::string> right{};
    bool operator==(const TableDifference&) const = default;
};

// The sum of the hashes of each fact table's rows; all together they are the index's digest.
using TableDigests = std::array<Hash128, kTableCount>;

// Called now and then with how many rows have been read; returning false ends it with kCancelled.
using RowsRead = std::function<bool(std::uint64_t rows)>;

// Reads every row of the fact tables.
Result<TableDigests> table_digests(duck::Connection& connection, const RowsRead& rows_read = {});
Hash128 sum_of(const TableDigests& digests);

// Of the fact tables whose digests differ, the first difference in the order of kTables and of the
// rows' keys; nullopt if the digests are equal.
Result<std::optional<TableDifference>> first_difference(duck::Connection& left,
                                                        const TableDigests& left_digests,
                                                        duck::Connection& right,
                                                        const TableDigests& right_digests,
                                                        const RowsRead& rows_read = {});

// The first difference in what the builder keeps for itself and which the digest leaves out, but
// later batches or answers depend on: the hash that each row keeps, the maps of a trial's numbers,
// cursors, damage, events seen, phases as they came.
Result<std::optional<TableDifference>> first_own_difference(duck::Connection& left,
                                                            duck::Connection& right,
                                                            const RowsRead& rows_read = {});

}  // namespace daybook::index
