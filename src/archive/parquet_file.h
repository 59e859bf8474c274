// Writes an archive's Parquet file: row groups are encoded by several threads, and stand in the
// file in the order in which they were added.
//
// DuckDB's COPY was measured first (docs/decisions/0151-…): of one file it compresses on one
// thread only if the order of rows is to stay, its levels miss what is alike in neighbouring
// lines, and nothing bounds the memory of a row group of long lines.  Reading back is DuckDB's: so
// what is written here has been understood by somebody else before a part goes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "archive/row_group.h"
#include "base/result.h"

namespace daybook::archive {

// Bytes of lines that make a row group, or so many lines: each takes twelve bytes of memory in
// columns of numbers.
inline constexpr std::size_t kChunkBytes = std::size_t{16} << 20;
inline constexpr std::size_t kChunkLines = std::size_t{1} << 19;

// A row group has been encoded, with what is known of it; in order, under a lock.
using OnRowGroup = std::function<void(const RowGroup&)>;

// How many threads encode best on this machine.
unsigned encoder_threads();

class ParquetFile {
public:
    struct Facts {
        std::uint64_t bytes = 0;
        std::string sha256{};
        std::uint64_t rows = 0;
    };

    // Makes `path`, which must not be there.  `threads` encode; at most one chunk more than that is
    // in memory.
    static Result<ParquetFile> create(const std::string& path, unsigned threads,
                                      OnRowGroup on_row_group = {});
    // Without finish(): what was written stays as it is.
    ~ParquetFile();
    ParquetFile(ParquetFile&&) noexcept;
    ParquetFile& operator=(ParquetFile&&) noexcept;

    // Waits until there is room.  An error is any chunk's that was added before.
    Status add(LineChunk chunk);
    // Writes the footer and syncs.
    Result<Facts> finish();

private:
    struct Work;
    explicit ParquetFile(std::unique_ptr<Work> work);
    std::unique_ptr<Work> work_;
};

}  // namespace daybook::archive
