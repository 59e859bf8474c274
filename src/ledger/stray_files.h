// Files in a ledger that nobody needs any more: what a process left behind that died between
// writing a temporary file and renaming it, and a database's journal that would be replayed into
// the next snapshot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "ledger/ledger_dir.h"

namespace daybook::ledger {

enum class StrayKind {
    kTemporary,  // `….tmp-PID`, of a process that has ended: to be moved away
    kJournal,    // index/runs.duckdb.wal: a snapshot has none; to be moved away
    kUnknown,    // beside parts or days, and no name of Daybook's: left where it is
};

struct StrayFile {
    std::string path;
    StrayKind kind;
    std::string why;
    bool operator==(const StrayFile&) const = default;
};

// What speaks for and against a temporary file being stray.
struct TemporaryFacts {
    bool process_is_there = false;  // as seen from here: another machine's or container's is not
    std::int64_t age_ms = 0;        // since it was last written
};
// A process of another container is not seen from here, so a fresh file is nobody's to move; and a
// process's number may have been given to another one, so an old file is not its any more.
bool is_stray(const TemporaryFacts& facts);

// "ledger.json.tmp-4711": what it is to become, and the process that writes it.
struct TemporaryName {
    std::string_view final_name{};
    std::int64_t pid = 0;  // 0: the name is none of a temporary file
    bool operator==(const TemporaryName&) const = default;
};
TemporaryName parse_temporary(std::string_view file_name);

// All of them, by path.  `now` is the time on the clock of the file system.
Result<std::vector<StrayFile>> find_stray_files(const LedgerDir& dir, TimestampMs now);

}  // namespace daybook::ledger
