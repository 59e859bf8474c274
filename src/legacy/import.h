// Old rows become events of a ledger.
//
// An event has an id that its row decides, so importing is asking which ids the ledger has, and
// appending the others: twice is as good as once, and an import that died is finished by the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/result.h"
#include "ledger/event_log.h"
#include "legacy/event_stream.h"
#include "legacy/known_events.h"

namespace daybook::legacy {

struct ImportProgress {
    std::uint64_t rows = 0;        // read so far, by all rules
    std::uint64_t rows_total = 0;  // an estimate; 0: not known
    std::uint64_t written = 0;     // events
};

struct ImportOptions {
    // Reads, asks and counts, and writes nothing.
    bool dry_run = false;
    // Ends with a `ledger.imported` event, unless the ledger has it already, or has rows of the
    // source otherwise.
    bool record = true;
    // Of runs that the ledger has recorded itself, rows are written too.  Otherwise they are left
    // out: the run would be a mix of what it was and what the file says of it.
    bool also_own_runs = false;
    // Of runs that retention has removed, rows are written too.
    bool also_removed_runs = false;
    // Events of before kPlausibleTimeMin that the ledger does not have are written too.  Otherwise
    // the first one ends the import with kInvalidArgument, but for a dry run, which counts them.
    bool also_early_times = true;
    // For that event: the file, and the SHA-256 of its bytes (empty: unknown).
    std::string path{};
    std::string sha256{};
    std::string reading{};                   // reading_of() it
    std::optional<TimestampMs> copied_at{};  // when the file was as it is read
    // Told now and then; false ends it with kCancelled, and what is written stays.
    std::function<bool(const ImportProgress&)> progress{};
    const Clock* clock = &system_clock();  // for the time of `ledger.imported`
    // How many events are asked about and appended at once.
    std::size_t batch_events = 65'536;
};

// A row that the ledger has with another content: it has changed in the source since.
struct ChangedRow {
    RowOrigin origin;
    std::string event_id;
};

struct ImportReport {
    // Of the source that are in the ledger afterwards: written + known.
    std::uint64_t events = 0;
    std::uint64_t written = 0;  // now
    std::uint64_t known = 0;    // were there
    // Rows whose event was there otherwise: not written, and none of `events`.
    std::uint64_t changed = 0;
    std::vector<ChangedRow> changed_rows{};
    // Of the runs that end with their last row (EventStream::ends_at_last_row()): how many go on
    // for longer than the ledger knew, and how many end earlier.
    std::uint64_t later_ends = 0;
    std::uint64_t earlier_ends = 0;
    // Rows of which a rule could make no event, or one that the ledger refuses; each counts once.
    std::uint64_t invalid = 0;
    std::vector<InvalidRow> invalid_rows{};  // the first kListedRowsMax of them
    std::vector<LeftOut> left_out{};         // what of the file is in no event, those rows included
    // Of runs that the ledger has recorded itself: not written, and none of `events`.
    std::uint64_t left_to_log = 0;
    std::set<std::string> runs_of_log{};  // the first kListedRowsMax of them
    std::unordered_map<std::string, std::uint64_t> left_by_run{};  // how many of each such run
    // Of runs that retention has removed: not written, and none of `events`.
    std::uint64_t of_removed_runs = 0;
    std::set<std::string> removed_runs{};  // the first kListedRowsMax of them
    // Events of times before kPlausibleTimeMin that only `also_early_times` writes, in a dry run.
    std::uint64_t early = 0;
    std::uint64_t runs = 0;  // of `events`
    std::optional<Day> first_day{};
    std::optional<Day> last_day{};
    std::uint64_t bytes = 0;  // of the lines of all events, without their trailers
    std::map<std::string, std::uint64_t> tables{};  // events by table
    // The file was held by its writer, and this is when the copy was made that was read instead.
    std::optional<TimestampMs> older_copy{};
    // The id of the `ledger.imported` that says of a ledger that it has all of the source as it is
    // now, whatever becomes of it later; empty: the source has no event.
    std::string import_id{};
    StreamReport stream{};
};

// Appends the events of `stream` that `known` does not have to `log`; synced when it returns.  The
// caller holds the lock that keeps a second importer of the same ledger away.
Result<ImportReport> import_events(EventStream& stream, ledger::EventLog& log,
                                   const KnownEvents& known, const ImportOptions& options = {});

}  // namespace daybook::legacy
