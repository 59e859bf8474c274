// What is done to a ledger while calls fail, and what must be true of it once they do so no more.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crash/inventory.h"
#include "daybook/durability.h"
#include "faults_table.h"
#include "log/layout.h"
#include "log/writer.h"

namespace daybook::testing {

// What one run of a scenario was told about its events.
struct Told {
    struct Accepted {
        std::string id;
        // At `power`: what was durable when it was acknowledged.
        std::shared_ptr<const Durable> at_power;
    };
    std::set<std::string> attempted;
    std::vector<Accepted> accepted;
    std::vector<std::string> buffered;  // accepted, not yet written
    std::vector<std::string> errors;    // what calls answered
    std::vector<std::string> untrue;    // what they answered wrongly
};

// A ledger in a directory, worked on through log::Writer by a clock that stands still.
class FaultyLog {
public:
    explicit FaultyLog(const std::string& directory);

    void open();
    void close();
    // So many events in one call; at their own time if it is given.
    void append(int count, Durability durability, std::optional<TimestampMs> time = std::nullopt,
                std::size_t bytes = 0);
    void flush();
    void sync();
    // Time goes by, and the writer sees to what is due.
    void pass_ms(std::int64_t ms);

    void note_error(const Error& error);
    void note_accepted(std::string id, Durability durability);

    const std::string& directory() const { return layout_.root(); }
    const log::Layout& layout() const { return layout_; }
    TimestampMs now() const { return clock_.now(); }
    const Clock& clock() const { return clock_; }
    Told& told() { return told_; }
    // While the run goes on.
    void set_table(const FaultTable* table) { table_ = table; }
    // Parts whose first bytes are holes: to be read from there.
    Beginnings& beginnings() { return beginnings_; }

private:
    void settle_buffered();

    log::Layout layout_;
    ManualClock clock_;
    std::unique_ptr<log::Writer> writer_;
    Told told_;
    Beginnings beginnings_;
    const FaultTable* table_ = nullptr;
    int next_ = 1;
};

struct Scenario {
    std::string_view name;
    // Makes what there is before; nothing fails yet.
    void (*prepare)(FaultyLog& log);
    // Calls fail.
    void (*run)(FaultyLog& log);
};
// Each writes, or reads, in another situation.
std::span<const Scenario> scenarios();
// A writer, as it comes to a ledger that another one left in disorder.
const Scenario& recovery();
// What that other one did.
const Scenario& disorder();

// What is wrong with the ledger, now that nothing fails any more; empty if nothing is.
// `sync_refused`: a sync failed at some time.
std::vector<std::string> problems_of(FaultyLog& log, bool sync_refused);

}  // namespace daybook::testing
