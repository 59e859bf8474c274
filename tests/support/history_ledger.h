// A ledger whose log is made of given lines, for those who compare what indexes of it come to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "duck/database.h"
#include "index/builder.h"
#include "index/table_diff.h"
#include "support/temp_dir.h"

namespace daybook::testing {

class HistoryLedger {
public:
    // `parent` ends with a slash.
    explicit HistoryLedger(const std::string& parent) : dir_(parent) {}

    const std::string& root() const { return dir_.path(); }
    index::IndexLayout layout() const { return index::IndexLayout(root()); }

    // 0, 1, 2…: one part of each of three days, then the second ones.
    static std::string part_name(std::size_t part) {
        return fmt::format("day=2026-01-{:02}/part-{:06}", 1 + part % 3, 1 + part / 3);
    }
    void append(std::size_t part, std::string_view line) {
        const std::string path = fmt::format("{}/events/{}.jsonl", root(), part_name(part));
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::app) << line << "\n";
    }
    // An index of the same log, built in one go elsewhere: what it comes to.
    Result<std::string> clean_digest() const {
        const TempDir elsewhere(root() + "/");
        ASSIGN_OR_RETURN(const index::BuildReport report,
                         index::build(root(), {.index_dir = elsewhere / "index"}));
        return report.digest;
    }

private:
    TempDir dir_;
};

// That the snapshot at `path` opens for any DuckDB client, and has the rows of its digest: that.
inline Result<std::string> digest_of_snapshot(const std::string& path) {
    ASSIGN_OR_RETURN(duck::Database database, duck::Database::open(path, {.read_only = true}));
    ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
    ASSIGN_OR_RETURN(duck::Rows meta, connection.query("SELECT digest FROM index_meta"));
    ASSIGN_OR_RETURN(const bool found, meta.next());
    if (!found) return fail(ErrorCode::kCorrupt, "{}: index_meta is empty", path);
    std::string kept = meta.text(0);
    ASSIGN_OR_RETURN(const index::TableDigests digests, index::table_digests(connection));
    const Hash128 computed = index::sum_of(digests);
    if (computed.to_hex() != kept) {
        return fail(ErrorCode::kCorrupt, "{}: its rows come to {}, and its digest is {}", path,
                    computed.to_hex(), kept);
    }
    return kept;
}

}  // namespace daybook::testing
