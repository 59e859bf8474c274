// The files of runs, as the index's catalogue has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/session.h"

namespace daybook::query {

struct CatalogFile {
    std::string run_id{};
    std::string type{};  // "trades"
    std::string path{};  // as it is recorded: relative to the ledger where inside it
    std::string file{};  // where it lies
    // "parquet", "json"; of events that do not say, the name's extension; empty if it has none.
    std::string format{};
    std::int64_t size_bytes = 0;
    std::optional<std::int64_t> rows{};
    std::optional<std::string> sha256{};
    std::optional<std::string> trial_id{};
};

enum class FileState {
    kPresent,
    kMissing,
    kOtherSize,
    kNoFile,      // a directory, a pipe or a device lies there
    kUnreadable,  // it cannot be looked at
};
std::string_view to_string(FileState state);

struct FileLook {
    FileState state = FileState::kPresent;
    // What is wrong, unless it is present: "it has 3 bytes, 4 were recorded".
    std::string why{};
};

// Looks at the file, without opening it: is it there, and as long as it was recorded?  Its bytes
// are `verify --deep`'s.
FileLook look_at(const CatalogFile& file);

// The files of one run of the ledger in `root`, by path.
Result<std::vector<CatalogFile>> files_of_run(Session& session, const std::string& root,
                                              const std::string& run_id);

struct FileChoice {
    std::vector<std::string> types{};
    std::vector<std::string> run_ids{};  // these runs and all below them; empty: all runs
    std::string experiment{};            // empty: whichever
};
// The Parquet files of runs that are completed and not deleted: those of the newest run first, of
// one run by path.
Result<std::vector<CatalogFile>> files_of_completed_runs(Session& session, const std::string& root,
                                                         const FileChoice& choice);

}  // namespace daybook::query
