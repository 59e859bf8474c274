// The same questions asked of a ledger's log and of an attached file: what of their answers
// differs, row by row and column by column.
//
// Both are indexes with the same tables (docs/formats/tables.md).  Their rows are read in the order
// of their keys, side by side, so that tables of any size are compared in little memory.
//
// What is not compared: ids of events, `extra` (where an import says what it has from where),
// columns of the index's own (`_…`), notes, events of users' types, and what people say of a run
// afterwards (`deleted`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "query/session.h"

namespace daybook::legacy {

struct CompareOptions {
    // Only runs created on these UTC days, both included, by the log's time, else the file's; runs
    // without such a time are compared where neither is set.
    std::optional<Day> since{};
    std::optional<Day> until{};
    // Of numbers that are no integers, relative: are_close().
    double tolerance = 1e-9;
    // By how much times and durations in milliseconds may differ.
    std::uint64_t time_tolerance_ms = 0;
    std::size_t listed_max = 100;  // differences in the report; 0: all.  All are counted.
    // Asked now and then; false ends it with kCancelled.
    std::function<bool()> keep_on{};
};

enum class DifferenceKind : std::uint8_t { kValue, kOnlyInLog, kOnlyInFile };
// "value", "only_in_log", "only_in_file".
const char* to_string(DifferenceKind kind);

struct Difference {
    std::string table{};
    std::string run_id{};
    std::string key{};  // the rest of it: "trial_id=t7"
    DifferenceKind kind = DifferenceKind::kValue;
    std::string column{};   // of a kValue
    std::string pointer{};  // of what differs in a JSON column: "/sharpe"
    std::optional<std::string> in_log{};
    std::optional<std::string> in_file{};
    bool operator==(const Difference&) const = default;
};

// Why something that is not the same is no difference.
enum class Explanation : std::uint8_t {
    kEndAssumed,  // the file does not say how its runs ended, so the mapping has assumed it
    kNotInFile,   // no row of the file has anything there: it does not keep that
    kSaidInLog,   // a tag that was given to the run in the log
};
// "end_assumed", "not_in_file", "said_in_log".
const char* to_string(Explanation why);

struct Explained {
    std::string table{};
    std::string column{};  // empty: whole rows
    Explanation why = Explanation::kNotInFile;
    std::uint64_t rows = 0;
    bool operator==(const Explained&) const = default;
};

// Each row counts once.
struct TableComparison {
    std::string table{};
    std::uint64_t equal = 0;
    std::uint64_t explained = 0;  // not the same, and no difference
    std::uint64_t different = 0;
    std::uint64_t only_in_log = 0;
    std::uint64_t only_in_file = 0;
    bool operator==(const TableComparison&) const = default;
};

struct CompareReport {
    // Of the period.
    std::uint64_t runs_in_both = 0;
    std::uint64_t runs_in_log_alone = 0;
    std::uint64_t runs_in_file_alone = 0;
    std::uint64_t runs_different = 0;  // with any difference
    std::vector<TableComparison> tables{};
    std::vector<Difference> differences{};  // by table, then by key
    std::uint64_t differences_total = 0;
    // Of these, times and durations, and the greatest of them.
    std::uint64_t differences_of_times = 0;
    std::uint64_t greatest_of_times_ms = 0;
    std::vector<Explained> explained{};

    bool is_equal() const { return differences_total == 0; }
    std::uint64_t runs() const { return runs_in_both + runs_in_log_alone + runs_in_file_alone; }
};

// `log` answers from the log alone, `file` from the index of an attached file.
Result<CompareReport> compare_indexes(query::Session& log, query::Session& file,
                                      const CompareOptions& options = {});

}  // namespace daybook::legacy
