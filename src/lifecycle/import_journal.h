// `_imports/under-way-<source>.json`: that an import has begun, and the event by which it will say
// that it is done.
//
// Without it an import that died between its last event and that one would leave nothing to do for
// the next, which then would not say so.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

// Not thread-safe.  The caller keeps other importers of the ledger away.
class ImportJournal {
public:
    // Takes up the journal of an import of the source that this name stands for, which is one of
    // hexadecimal digits, or makes one in memory.
    static Result<ImportJournal> open(const ledger::LedgerDir& dir, const std::string& name,
                                      const Clock& clock);

    // Whether an import of it has begun that did not come to its end.
    bool is_resumed() const { return is_resumed_; }
    const std::string& event_id() const { return event_id_; }
    TimestampMs at() const { return at_; }

    // Makes the file.
    Status begin();
    // Removes it: the event is in the log.
    Status end() const;

private:
    ImportJournal(ledger::LedgerDir dir, std::string path)
        : dir_(std::move(dir)), path_(std::move(path)) {}

    ledger::LedgerDir dir_;
    std::string path_;
    std::string event_id_{};
    TimestampMs at_{};
    bool is_resumed_ = false;
};

}  // namespace daybook::lifecycle
