// What `daybook verify --deep` finds about artifacts: files that are no longer what their events
// say.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "json/envelope.h"
#include "ledger/ledger_dir.h"
#include "ledger/verify_finding.h"
#include "log/layout.h"
#include "log/line.h"

namespace daybook::ledger {

// How many rows the Parquet file at `path` has.  kCorrupt, kInvalidArgument, kNotFound: the file
// has no rows that could be counted; all other errors say nothing of it.
using ParquetRows = std::function<Result<std::uint64_t>(const std::string& path)>;

// Gathers `artifact.created` events, and the diffs that runs say they started from, while a log is
// read, and looks at the files when all of it has been.  Holds one entry an artifact.  Not
// thread-safe.
class ArtifactCheck {
public:
    // Takes note of an event; of other types, nothing.
    void see(const log::PartId& part, const log::Line& line, const json::Envelope& event);

    // Compares every file whose event has a `sha256`: that it is there, its size, its content and,
    // with `parquet_rows`, the number of its rows.  Of several events for one path of a run the
    // latest counts.  An object (ledger/object_store.h) is read once, however many events name it;
    // and every object is held against its name, whether or not an event does.  What keeps
    // `parquet_rows` from counting and is not the file's fault (no DuckDB, no memory, an interrupt)
    // is an error, and nothing is said of the file.
    Result<std::vector<VerifyFinding>> check(const LedgerDir& dir,
                                             const ParquetRows& parquet_rows = {}) const;
    // How many check() compares.
    std::uint64_t count() const;

private:
    struct Entry {
        // The greatest counts, as in the index.
        std::pair<TimestampMs, std::string> when{};  // time and event_id
        std::string part{};
        std::int64_t size_bytes = -1;  // -1: the event does not say
        std::string sha256{};          // empty: the event does not say
        std::int64_t rows = -1;        // -1: the event does not say
        std::string format{};          // the name's, if the event does not say
    };
    // git_diff_path and git_diff_sha256, of an event or of its `environment`.
    struct Diff {
        std::string path{};
        std::string sha256{};
        void read(std::string_view key, json::Node& value);
    };
    void see_artifact(Entry entry, const log::Line& line, const std::string& run_id);
    void see_diff(Entry entry, const log::Line& line);
    struct Look;
    static Status check_one(Look& look, const std::string& path, const Entry& entry,
                            const ParquetRows& parquet_rows);
    static Status check_objects(Look& look);

    json::Parser parser_;
    std::map<std::pair<std::string, std::string>, Entry> entries_;  // by run_id and path
};

}  // namespace daybook::ledger
