// Rows of ours that SQL reads: a table function.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "duck/chunk_writer.h"

namespace daybook::duck {

struct SourceColumn {
    std::string name;
    ColumnType type;
};

// One thread's share of the scan of a source.
class RowScan {
public:
    virtual ~RowScan() = default;
    // Writes up to ChunkWriter::rows_max() rows and returns how many; 0 ends this thread's share.
    // Only the columns that begin_scan() was given are there, in that order.
    virtual Result<std::size_t> fill(ChunkWriter& out) = 0;
};

// Called from several threads at once; must be safe for it.
class RowSource {
public:
    virtual ~RowSource() = default;

    virtual std::vector<SourceColumn> columns() const = 0;
    // How many rows a scan gives, for the planner; nothing breaks if it is wrong.
    virtual std::size_t rows_estimate() const { return 0; }
    // A scan begins: each statement that reads the source calls this once, then begin_share() once
    // for each thread, at most threads_max() times.
    virtual std::size_t threads_max() const { return 1; }
    virtual void begin_scan() {}
    // `columns` are the positions of the columns that the statement reads.
    virtual std::unique_ptr<RowScan> begin_share(std::span<const std::size_t> columns) = 0;
};

}  // namespace daybook::duck
