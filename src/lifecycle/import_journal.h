// `_imports/under-way-<source>.json`: that an import has begun, and the event by which it will say
// that it is done.
//
// Without it an import that died between its last event and that one would leave nothing to do for
// the next, which then would not say so.
//
//     begin() ─▶ files and events ─▶ record(): ledger.imported, durably ─▶ end()
//
// One that died before record() is resumed, under the same id.  One that died behind it has said
// what it did: the next import is another one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/artifact_placer.h"
#include "lifecycle/incoming_events.h"

namespace daybook::lifecycle {

// What a ledger.imported says.
struct Imported {
    std::string source{};            // where it lay
    std::string source_ledger_id{};  // empty: it has none
    std::string sha256{};            // of a bundle; empty: it was none
    std::uint64_t runs = 0;
    const IncomingReport& events;
    const PlacedReport& artifacts;
};

// Not thread-safe.  The caller keeps other importers of the ledger away.
class ImportJournal {
public:
    struct Event {
        std::string id{};
        TimestampMs at{};
        bool operator==(const Event&) const = default;
    };

    // Takes up the journal of an import of the source that this name stands for, which is one of
    // hexadecimal digits, or makes one in memory.  Writes nothing.
    static Result<ImportJournal> open(const ledger::LedgerDir& dir, const std::string& name,
                                      const Clock& clock);

    // Whether an import of it has begun that did not come to its end.
    bool is_resumed() const { return is_resumed_; }
    // What will say that this one is done.
    const Event& event() const { return event_; }
    // The event of one that died when it had said so; nullopt: none did.
    const std::optional<Event>& said() const { return said_; }

    // Makes the file.
    Status begin();
    // Appends the event, durably, if there is anything new or an earlier attempt may have brought
    // it.  Returns the event that says what is here; nullopt: there was nothing to say.
    Result<std::optional<Event>> record(ledger::EventLog& log, const Imported& imported) const;
    // Removes the file, durably: the event is in the log.
    Status end();

private:
    ImportJournal(ledger::LedgerDir dir, std::string path)
        : dir_(std::move(dir)), path_(std::move(path)) {}
    Result<std::optional<Event>> read() const;
    std::string encode(const Imported& imported) const;

    ledger::LedgerDir dir_;
    std::string path_;
    Event event_{};
    std::optional<Event> said_{};
    bool is_resumed_ = false;
    bool is_there_ = false;    // there is a file
    bool is_written_ = false;  // and it names `event_`
};

}  // namespace daybook::lifecycle
