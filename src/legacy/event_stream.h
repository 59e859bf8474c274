// The events that the rows of an old DuckDB file are.
//
//     ASSIGN_OR_RETURN(auto stream, EventStream::open(copy, mapping, {.source = "optimizer"}));
//     while (true) {
//         ASSIGN_OR_RETURN(auto events, stream.next(100'000));
//         if (events.empty()) break;
//     }
//
// Everything that answers from such a file goes through here, so that importing it and reading it
// where it is come to the same.  Each event is a JSON object without trailer: `event_id` is a UUID
// of version 8 made of source, table, key and type, `timestamp_ms` the row's own time, and
// `imported_from` says which row it was.  The same row makes the same bytes every time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "legacy/left_out.h"
#include "legacy/mapping.h"
#include "legacy/refused_rows.h"
#include "schema/registry.h"

namespace daybook::legacy {

struct EventStreamOptions {
    // What the source is called (check_source_name): a part of each event's id, so that it must
    // not change while events of the source are in a ledger.
    std::string source{};
    // What messages call the file, of which `path` may be a copy; empty: `path`.
    std::string file{};
    // For DuckDB, which sorts rows by time and spills what does not fit.
    std::uint64_t memory_bytes_max = std::uint64_t{1} << 30;
    std::string temp_directory{};  // for the spilling; empty: beside the file
    std::size_t threads = 0;       // 0: one for each processor
    // The event types that the ledger takes: rules of others are skipped, and that is said.
    schema::Registry types = schema::Registry::builtin();
    // Asked while DuckDB works, from another thread; false ends what is going on with kCancelled.
    std::function<bool()> keep_on{};
};

// March 1973: times before it are seconds that were taken for milliseconds, or nothing at all.
inline constexpr TimestampMs kPlausibleTimeMin{100'000'000'000};

// What came of one rule and one table.
struct RuleReport {
    std::string table;
    std::string event;
    std::uint64_t events = 0;
    std::uint64_t invalid = 0;  // rows of which it could make no event
    std::uint64_t alike = 0;    // rows that are one event with others
};

struct StreamReport {
    std::vector<RuleReport> rules{};
    std::vector<std::string> notes{};     // what the file lacks of the mapping, or has otherwise
    std::vector<std::string> unmapped{};  // tables that no rule has read
    // What of the file is in no event, but for rows that `refused` has.
    std::vector<LeftOut> left_out{};
    RefusedRows refused{};  // of which a rule could make no event
};

// One thread at a time.
class EventStream {
public:
    // Opens `path`, a DuckDB file that nobody writes to, read-only.  kInvalidArgument: nothing
    // of the mapping fits; the message says which tables and columns were found.
    static Result<EventStream> open(const std::string& path, const Mapping& mapping,
                                    const EventStreamOptions& options);
    EventStream(EventStream&&) noexcept;
    EventStream& operator=(EventStream&&) noexcept;
    ~EventStream();

    // The next events, up to `events_max` and about 32 MiB: rule by rule, by time within a rule.
    // Empty: that was all.  They live until the next call.
    Result<std::span<const std::string_view>> next(std::size_t events_max);
    // Which row the event at `index` of those of the last next() is.
    RowOrigin origin(std::size_t index) const;
    const std::string& event_type(std::size_t index) const;
    // Takes the event at `index` of those of the last next() for none: the ledger has refused it.
    void refuse(std::size_t index, std::string reason);
    // Whether it ends its run at the time of the run's last row, for want of one of its own: each
    // time that the run goes on it is another event, and the latest counts.
    bool ends_at_last_row(std::size_t index) const;

    // How many rows all rules read, as far as the catalog knows, and how many of them are read; for
    // progress.
    std::uint64_t rows_estimate() const;
    std::uint64_t rows_done() const;
    // Of what has been read so far.
    const StreamReport& report() const;
    const std::string& source() const;

private:
    struct State;
    explicit EventStream(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace daybook::legacy
