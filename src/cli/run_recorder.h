// Records a run that must not be stopped by what its ledger refuses: that is kept and tried again
// (ledger/emitter.h), and what is lost is counted.
//
// All functions may be called from all threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/events.h"
#include "event/sink.h"
#include "ledger/emitter.h"

namespace daybook::cli {

// Words to whoever started the run, as they arise.
class RunNotes {
public:
    // `tell` is called by one thread at a time.  `quiet`: remarks are counted only.
    RunNotes(std::function<void(std::string_view)> tell, bool quiet)
        : tell_(std::move(tell)), quiet_(quiet) {}

    // Something odd that loses nothing of the program's own: told up to 20 times.
    void remark(std::string_view text);
    // What the ledger warns of: always told.  Whether it loses something RunRecorder knows.
    void tell(std::string_view text);
    // Something that is lost: always told.
    void warn(std::string_view text);
    // How many remarks were not told, if any.
    void finish();
    // Whether anything was lost.
    bool has_warned() const;

private:
    std::function<void(std::string_view)> tell_;
    bool quiet_;
    mutable std::mutex mutex_;
    std::uint64_t remarks_ = 0;
    bool has_warned_ = false;
};

class RunRecorder {
public:
    // `emitter` keeps what the log refuses and returns what is wrong in itself.  Both must outlive
    // it.
    RunRecorder(ledger::Emitter& emitter, std::string run_id, RunNotes& notes)
        : emitter_(emitter), run_id_(std::move(run_id)), notes_(notes) {}

    const std::string& run_id() const { return run_id_; }
    const ledger::LedgerDir& ledger_dir() const { return emitter_.dir(); }
    // For those who record events of the run by themselves.
    event::EventSink& sink() { return emitter_; }

    void emit(const event::Payload& payload);
    // An event of the program's, as JSON.  kInvalidArgument and its like: it is none of its type.
    Status emit_json(std::string_view event);

    // Tries again what is kept, and lets what was recorded since the last call survive a loss of
    // power.  Costs nothing if that is nothing.
    void sync();

    // Events that the ledger does not have, after another try.
    std::uint64_t lost() const;
    // Nothing is lost, nor anything that the ledger once had and has no more (its files were
    // deleted, its device failed), as far as the last sync() knew.
    bool has_all() const;
    // From now on events that are kept are told of, if `emitter` was asked not to.
    void tell_of_kept() { emitter_.tell_of_kept(); }
    // Ok if it has all; else what it last refused.
    Status check_all() const;

private:
    ledger::Emitter& emitter_;
    std::string run_id_;
    RunNotes& notes_;
    std::atomic<bool> has_unsynced_ = false;
    std::atomic<bool> has_lost_ = false;
    std::atomic<std::uint64_t> refused_ = 0;  // events of ours that are none of their types
};

}  // namespace daybook::cli
