// Appends lines to a log directory.
//
// Any number of processes may append to one directory: each takes parts of its own (lane.h), so
// that none waits for another.  Threads of a process share one Writer: all functions may be called
// from all threads, and in a forked child, where the writer begins anew with lanes of its own.
//
// What an acknowledgement promises is Durability's (daybook/durability.h).  A line is a JSON object
// of the caller's, to which the writer adds the trailer; it neither reads nor changes the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"
#include "daybook/durability.h"
#include "log/layout.h"
#include "log/per_process.h"

namespace daybook::log {

// A line to append.
struct Draft {
    // The JSON object without its closing brace; stamp() may overwrite bytes of it.
    std::span<char> text;
    // The event's time where the caller gives it (imports); else the writer draws it.
    std::optional<TimestampMs> timestamp;
    // The last words of a run: on a full disk they may use the room that is kept in reserve.
    bool may_use_reserve = false;
};

// Writes the time, and what is made from it, into a draft's text.
class Stamper {
public:
    virtual ~Stamper() = default;
    // Called for each draft, in order, inside the writer's mutex: be quick.  A draft that found no
    // room and is tried again in that of the reserve is stamped again.  The times that
    // the writer draws never go back, but for a step of the clock by more than ten seconds.
    virtual void stamp(std::size_t index, std::span<char> text, TimestampMs time) = 0;
};

struct WriterOptions {
    const Clock* clock = &system_clock();
    // Syncs, buffered lines and idle lanes are seen to by a thread that starts with the first need.
    // Without it (a process of one event, tests) the caller calls maintain().
    bool background = true;
};

// What became of an append.
struct AppendOutcome {
    std::size_t accepted = 0;      // so many of the drafts, from the front, are accepted
    std::optional<Error> error{};  // why not all of them
};

struct WriterStats {
    std::uint64_t lines = 0;  // written
    std::uint64_t bytes = 0;  // of them
    std::uint64_t syncs = 0;  // fdatasync calls that returned
    std::uint64_t sync_failures = 0;
    std::uint64_t rewritten = 0;    // lines written again after a sync that failed
    std::uint64_t unprotected = 0;  // lines that no sync had covered and that were no longer kept
    // Lines that another tool's unfinished line had swallowed, and that were written again.
    std::uint64_t swallowed = 0;
    std::uint64_t lanes_taken = 0;
    std::uint64_t lanes_prepared = 0;  // ahead of need
    std::uint64_t reserve_given_up = 0;
    std::uint64_t buffered = 0;     // lines that are accepted and not written now
    std::uint64_t clock_steps = 0;  // backward steps of the clock that were too large to hide
};

class Writer {
public:
    // Makes events/ if need be and looks at the file system; takes no lane yet.
    // kUnsupported: a network file system, whose locks cannot be trusted.
    static Result<std::unique_ptr<Writer>> open(const Layout& layout,
                                                const WriterOptions& options = {});
    // Flushes what is buffered and gives the lanes up.  Does not sync.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Appends the drafts, in order, with one write for those that go to one part.
    AppendOutcome append(std::span<const Draft> drafts, Durability durability, Stamper& stamper);

    // Writes what durability `buffered` holds back.
    Status flush();
    // Returns when everything written so far has survived an fdatasync; flushes first.  Reports
    // lines that were lost to a failed sync in the background since the last call, too.
    Status sync();

    // Does what is due: background syncs, buffered lines, lanes that are idle or of a day gone by.
    void maintain();

    // Why `power` cannot be promised here ("tmpfs keeps files in memory"); empty if it can.
    const std::string& power_problem() const { return power_problem_; }
    WriterStats stats() const;

private:
    class State;
    Writer(const Layout& layout, const WriterOptions& options, std::string power_problem);
    State& state() const;

    Layout layout_;
    WriterOptions options_;
    std::string power_problem_;
    PerProcess<State> state_;
};

}  // namespace daybook::log
