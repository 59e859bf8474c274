// Records a run that must not be stopped by what its ledger refuses: what cannot be recorded is
// counted, and told once.
//
// All functions may be called from all threads.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "event/events.h"
#include "ledger/event_log.h"

namespace daybook::cli {

// Words to whoever started the run, as they arise.
class RunNotes {
public:
    // `tell` is called by one thread at a time.  `quiet`: remarks are counted only.
    RunNotes(std::function<void(std::string_view)> tell, bool quiet)
        : tell_(std::move(tell)), quiet_(quiet) {}

    // Something odd that loses nothing of the program's own: told up to 20 times.
    void remark(std::string_view text);
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
    // `log` null: there is no ledger, and everything is lost.  Both must outlive it.
    RunRecorder(ledger::EventLog* log, std::string run_id, RunNotes& notes)
        : log_(log), run_id_(std::move(run_id)), notes_(notes) {}

    const std::string& run_id() const { return run_id_; }
    const ledger::EventLog* log() const { return log_; }

    // Whether it was recorded.
    bool emit(const event::Payload& payload);
    // An event of the program's, as JSON.  kInvalidArgument and its like: it is none of its type.
    Status emit_json(std::string_view event);

    // Lets what was recorded since the last call survive a loss of power.  Costs nothing if that is
    // nothing.
    void sync();

    std::uint64_t lost() const;

private:
    void lose(const Error& error);

    ledger::EventLog* log_;
    std::string run_id_;
    RunNotes& notes_;
    mutable std::mutex mutex_;
    std::uint64_t lost_ = 0;
    bool has_unsynced_ = false;
};

}  // namespace daybook::cli
