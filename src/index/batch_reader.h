// Reads the log, from the cursors on, in batches of a bounded number of bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "index/batch.h"
#include "index/decode.h"
#include "log/log_source.h"
#include "log/scan.h"

namespace daybook::index {

// A part that has bytes to read.
struct PartWork {
    log::PartId id;
    ByteOffset size{};   // up to where it is read: its last newline before this
    PartState state{};   // how far it has been read
    bool again = false;  // its events may be in the index already
};

struct ReaderOptions {
    unsigned threads = 1;
    std::uint64_t batch_bytes = kBatchBytes;
    const Upcaster* upcaster = nullptr;
};

// One thread uses it; it starts its own.
class BatchReader {
public:
    BatchReader(log::LogSource source, std::vector<PartWork> work, const ReaderOptions& options)
        : source_(std::move(source)), work_(std::move(work)), options_(options) {}

    // The next batch; nullopt at the end.  A batch holds as many parts as it has room for, is
    // larger than batch_bytes only if a single line is, and smaller where lines become many rows.
    Result<std::optional<Batch>> next();

private:
    log::LogSource source_;
    std::vector<PartWork> work_;
    ReaderOptions options_;
    std::size_t at_ = 0;
};

}  // namespace daybook::index
