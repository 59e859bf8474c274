// A run's directory of artifacts: Parquet tables and JSON documents.
//
// Every file is written under another name, synced and renamed, so that a name stands for a whole
// file; what was written is described as `artifact.created` wants it.  The same rows give the same
// bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "duck/connection.h"

namespace daybook::artifact {

// What was stored: the fields of `artifact.created`.
struct Stored {
    std::string type;    // "trades"
    std::string path;    // "artifacts/runs/r1/trades.parquet", relative to the ledger's directory
    std::string format;  // "parquet" or "json"
    std::uint64_t rows = 0;
    std::uint64_t size_bytes = 0;
    std::string sha256;
};

// Not thread-safe; one writer a run.
class RunStore {
public:
    // Makes the run's directory; kAlreadyExists if it is there, unless `resume`: then what an
    // earlier attempt wrote is written over, file by file.
    static Result<RunStore> create(const std::string& ledger_dir, std::string_view run_id,
                                   bool resume);

    // "artifacts/runs/<run>", relative to the ledger's directory.
    const std::string& directory() const { return directory_; }

    // Removes the directory and what was stored in it, unless it was there before create().
    Status discard();

    // Stores the rows of `select`, in their order, as <type>.parquet, compressed with zstd.  `type`
    // is of [a-z0-9_].
    Result<Stored> write_parquet(duck::Connection& connection, std::string_view type,
                                 const std::string& select);

    // Stores a JSON document as <type>.json, with a newline at its end.
    Result<Stored> write_json(std::string_view type, std::string_view json);

private:
    RunStore(std::string ledger_dir, std::string directory, bool existed)
        : ledger_dir_(std::move(ledger_dir)), directory_(std::move(directory)), existed_(existed) {}
    std::string path_of(std::string_view file) const;
    Result<Stored> describe(std::string_view type, std::string_view format,
                            std::uint64_t rows) const;

    std::string ledger_dir_;
    std::string directory_;
    bool existed_;
};

}  // namespace daybook::artifact
