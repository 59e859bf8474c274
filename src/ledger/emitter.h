// What a Ledger records through: the event log, and what becomes of what it does not take.
//
//     emit ──▶ log takes it ─────────────────────────────▶ recorded
//               │ policy kReturn ────────────────────────▶ the caller gets the error
//               │ the event is wrong in itself ──────────▶ dropped
//               └ the disk, the directory, the lock … ───▶ kept ──▶ tried again ──▶ recorded
//                                                                └ too much, or closed ─▶ dropped
//
// Under policy kKeep nothing fails, not even opening: a ledger that cannot be opened is opened with
// the next try.  All functions may be called from all threads, and in forked children, where what
// the parent has kept is the parent's.  on_warning is called while no mutex is held, and may use
// the ledger.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daybook/durability.h"
#include "daybook/ledger.h"
#include "event/sink.h"
#include "ledger/event_log.h"
#include "ledger/kept_events.h"
#include "ledger/ledger_dir.h"
#include "log/per_process.h"

namespace daybook::ledger {

struct EmitterOptions {
    EventLogOptions log{};
    FailurePolicy policy = FailurePolicy::kReturn;
    std::uint64_t kept_events_max = LedgerOptions{}.kept_events_max;
    std::uint64_t kept_bytes_max = LedgerOptions{}.kept_bytes_max;
    // Under kKeep: what is wrong in itself is told to the caller all the same, and not counted as
    // dropped.  Of JSON that is known when the log reads it, which may be with a later try.
    bool return_invalid = false;
    // Under kKeep: says that events are kept.  False: not before tell_of_kept(), for a host that
    // may give up at the first of them.
    bool tells_of_kept = true;
};

class Emitter final : public event::EventSink {
public:
    // Fails under kReturn only.
    static Result<std::unique_ptr<Emitter>> open(const LedgerDir& dir,
                                                 const EmitterOptions& options);
    // Tries a last time, and says what is lost.
    ~Emitter() override;

    Result<event::Receipt> emit(std::string_view run_id, const event::Payload& payload,
                                const event::EmitOptions& options = {}) override;
    // An event that is kept has its id already; that of one that was dropped is empty.
    Result<JsonReceipt> emit_json(std::string_view event, std::optional<Durability> durability);

    // Tries what is kept again, now.
    void retry();
    // The next event that is kept is told of.
    void tell_of_kept();
    // Tries what is kept again, then writes or syncs what the log holds.  Fails also under kKeep:
    // who calls these wants to know.
    Status flush();
    Status sync();

    // Counts an event that never came to be.
    void count_failure(std::string_view run_id, const Error& error);
    // Counts a call that failed before the log was asked.  Fails with `error` if it is the
    // caller's; else the host goes on, with the event dropped if the call was to record one.
    enum class Loses { kNothing, kEvent };
    Status refuse(std::string_view run_id, const Error& error, Loses loses);

    FailurePolicy policy() const { return options_.policy; }
    LedgerStats stats() const;
    std::optional<Error> last_failure() const;
    // Events of the run that are lost.
    std::uint64_t dropped(std::string_view run_id) const;

    const LedgerDir& dir() const { return dir_; }

private:
    struct State {
        State(const EmitterOptions& options, bool is_clear)
            : clear(is_clear),
              kept(options.kept_events_max, options.kept_bytes_max),
              told_kept(!options.tells_of_kept) {}
        // Outside of the mutex: the way of an event that nothing is in front of.
        std::atomic<std::uint64_t> recorded = 0;
        std::atomic<bool> clear;  // nothing is kept, and the log is open

        std::mutex mutex{};
        KeptEvents kept;
        std::int64_t next_try_ns = 0;
        std::int64_t pause_ns = 0;
        std::uint64_t failures = 0;
        std::uint64_t retried = 0;
        std::uint64_t dropped = 0;
        std::map<std::string, std::uint64_t, std::less<>> dropped_of_run{};
        std::optional<Error> last_failure{};
        std::optional<Error> last_loss{};  // the last failure for which events are kept or lost
        bool told_kept;
        bool told_dropped = false;
        bool told_refused = false;

        // For on_warning, once no mutex is held.
        std::mutex messages_mutex{};
        std::vector<std::string> messages{};
        std::atomic<bool> has_messages = false;
    };
    // Stands before a lock, and hands the messages out after it.
    class Delivery {
    public:
        Delivery(const Emitter& emitter, State& state) : emitter_(emitter), state_(state) {}
        ~Delivery() { emitter_.deliver(state_); }
        Delivery(const Delivery&) = delete;
        Delivery& operator=(const Delivery&) = delete;

    private:
        const Emitter& emitter_;
        State& state_;
    };

    Emitter(const LedgerDir& dir, const EmitterOptions& options);
    State& state() const;
    static void add_message(State& state, std::string message);
    void deliver(State& state) const;
    // The caller holds state.mutex in all of these.
    Status open_log(State& state);
    void retry(State& state);
    void keep(State& state, KeptEvent event);
    void drop(State& state, std::string_view run_id, const Error& reason);
    void note_failure(State& state, const Error& error);
    static void note_kept(State& state, const Error& error);
    static void tell(State& state, bool& told, std::string message);
    static std::uint64_t dropped_of(const State& state, std::string_view run_id);
    // What is lost now that the ledger is closed.
    void tell_lost(State& state);

    Result<event::Receipt> settle(std::string_view run_id, const event::Payload& payload,
                                  const event::EmitOptions& options,
                                  const std::optional<Error>& error);
    Result<JsonReceipt> settle_json(std::string_view event, std::optional<Durability> durability,
                                    const std::optional<Error>& error);
    // The log has taken an event, and may have had something to say.
    void note_recorded();
    // Tries what is kept again; fails if something is still kept.
    Status catch_up();
    // Whether the error is the caller's, and no event is lost by it.
    bool is_callers(const Error& error) const;
    // Whether the log may be asked now; tries first what is in front, if it is time to.
    bool way_is_clear();

    LedgerDir dir_;
    EmitterOptions options_;
    std::function<void(std::string_view)> log_warns_{};
    std::unique_ptr<EventLog> log_;  // set once, before `clear` says so
    log::PerProcess<State> state_;
};

}  // namespace daybook::ledger
