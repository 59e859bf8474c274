// A ledger: the directory in which runs are recorded.
//
//     auto ledger = daybook::Ledger::open("data/ledger");
//     auto run = ledger->start_run({.type = "policy", .config = {{"stop", 0.05}}});
//
// Recording needs no daemon and no database: each process appends to files of its own, and none
// waits for another.  `daybook index` makes the tables; `daybook runs` shows them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/durability.h"
#include "daybook/failure_policy.h"
#include "daybook/result.h"
#include "daybook/run.h"

namespace daybook {

struct LedgerOptions {
    // Make the directory if it is not there; else that is kNotFound.
    bool create = true;
    // Syncs and buffered events are seen to by a thread.  A process that lives for one event can do
    // without.
    bool background = true;
    // Told, at most once each, of what the caller should know but need not act on, such as that the
    // file system cannot keep its promise at power loss.  Called from any thread, and may use the
    // ledger but not close it; must not throw.  Unset: not told.
    std::function<void(std::string_view)> on_warning{};
    FailurePolicy failure_policy = FailurePolicy::kReturn;
    // Under kKeep: so many events, and bytes of them, are kept for another try.
    std::uint64_t kept_events_max = 10'000;
    std::uint64_t kept_bytes_max = 16 << 20;
};

// What has become of a ledger's events in this process.
struct LedgerStats {
    std::uint64_t recorded = 0;  // events that the log has accepted, those of `retried` included
    std::uint64_t failures = 0;  // calls that failed, of both policies
    std::uint64_t kept = 0;      // events that wait for another try now
    std::uint64_t retried = 0;   // events that were kept and have been recorded since
    std::uint64_t dropped = 0;   // events that are lost
    bool operator==(const LedgerStats&) const = default;
};

// The acknowledgement of an event.
struct Ack {
    std::string event_id;
    Durability durability = Durability::kProcess;
};

// All functions may be called from all threads, and in forked children.
class Ledger {
public:
    // `directory` "": DAYBOOK_LEDGER of the environment, else the nearest data/ledger upwards from
    // the working directory, else ./data/ledger.  kUnsupported: a newer format, or a network file
    // system; kPermissionDenied, kNoSpace, …
    static Result<Ledger> open(const std::string& directory, const LedgerOptions& options = {});
    Ledger(Ledger&& other) noexcept;
    Ledger& operator=(Ledger&& other) noexcept;
    // Writes what durability `buffered` holds back.  Runs that are open stay open.
    ~Ledger();

    const std::string& directory() const;

    // Records that a run was created and started.  The Ledger must outlive it.
    Result<Run> start_run(const RunSpec& spec);
    // Joins a run that another process has started: records to it, never ends it.
    Result<Run> attach(std::string_view run_id);

    // Appends an event given as JSON, checked against its type's schema.  `event_id` and
    // `timestamp_ms` are kept where the event has them (imports), else drawn.
    // `durability`: that of the event's type if unset.
    Result<Ack> emit_json(std::string_view event,
                          std::optional<Durability> durability = std::nullopt);

    // Writes what durability `buffered` holds back, and tries again what is kept.
    Status flush();
    // Returns when all events so far have survived an fdatasync.
    Status sync();

    // Under FailurePolicy::kKeep: counts, and warns of, an event that could not even be handed
    // over.
    void count_failure(const Error& error);
    FailurePolicy failure_policy() const;
    LedgerStats stats() const;
    // The newest failure.
    std::optional<Error> last_failure() const;

private:
    struct State;
    explicit Ledger(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace daybook
