// What a legacy file is answered from: a copy of it, and a ledger that its rows have become.
//
//     <ledger>/index/legacy/<name>/
//         lock                   held by whoever brings the cache up to date
//         state.json             what of all this is complete (cache_state.h)
//         refused.json           why the file, as it is, cannot be read
//         incoming.duckdb        a copy that is being made
//         copy-<hash>.duckdb     the last good copy
//         rows-000001/           a ledger: the copy's rows as events, with an index of its own
//
// All of it is derived from the file, and may be deleted at any time.  Killed at any moment, it
// leaves what was published, and the next refresh goes on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "legacy/cache_state.h"
#include "legacy/import.h"
#include "legacy/source_copy.h"
#include "legacy/sources.h"

namespace daybook::legacy {

struct RefreshOptions {
    // How long to wait for another process that makes the cache where there is none yet.
    int wait_ms = 30'000;
    // How long to try again while the file is held for writing, or changes; half a second at least
    // where there is no cache yet.
    int copy_wait_ms = 0;
    // Told while rows are read.
    std::function<void(const ImportProgress&)> progress{};
    // Tries also what has failed a moment ago.
    bool at_once = false;
    // Asked now and then; false ends it with kCancelled.
    std::function<bool()> keep_on{};
    const Clock* clock = &system_clock();
};

// A cache that answers.
struct Cached {
    CacheState state;
    std::string snapshot{};  // the published index of its rows
    // Why the answers are those of an older copy, and how old it is; empty: they are the file's.
    std::string note{};
};

// The cache of one source.  Any number of threads and processes may use one at once.
class Cache {
public:
    Cache(const ledger::LedgerDir& dir, Source source);

    const std::string& directory() const { return directory_; }

    // What is published, whatever the file is like now; nullopt: nothing is.
    std::optional<Cached> published() const;

    // Brings the cache up to date if the file, the mapping or this program has changed since. Where
    // that cannot be done, or somebody else is about it, what is published answers, with a note.
    // An error if nothing is published yet: those of copy_source(), load_mapping(), EventStream and
    // import_events(); kBusy: another process makes the cache, and still did after `wait_ms`.
    // kCancelled in any case.
    Result<Cached> refresh(const RefreshOptions& options = {});

    // Why the file cannot be read as it is, as far as can be told without copying it; nullopt: it
    // may be.
    std::optional<Error> source_problem() const;
    // Whether `state` was read by the mapping, and by the program, that would read it now.
    Result<bool> is_read_as_wanted(const CacheState& state) const;
    // Puts a copy of the last good copy to `target`; `copied_at` is when that one was made.
    // kNotFound: there is none; kBusy: a process is about it.  Errors of copy_source().
    Result<SourceCopy> copy_last_copy(const std::string& target, int wait_ms) const;

    // Removes all of it.  kBusy: a process is about it.
    Status remove();

private:
    struct Wanted;

    // Why the file as it is now cannot be read, if that has been found out already.
    std::optional<Error> known_refusal(const Wanted& wanted, const RefreshOptions& options) const;
    void remember(const Wanted& wanted, const Status& outcome, const Clock& clock) const;
    std::optional<CacheState> read_state() const;

    Result<Wanted> wanted() const;
    Result<Cached> refresh_locked(const Wanted& wanted, const RefreshOptions& options);
    // An error if what is published afterwards is not what the file is, and why.
    Status bring_up_to_date(const std::optional<CacheState>& before, const Wanted& wanted,
                            RefreshOptions options) const;
    // Makes `state` what the file is now; an error leaves it as it was.
    Status update_copy(CacheState& state, const RefreshOptions& options) const;
    // Makes events of the copy's rows, and an index of those.
    Status fill(CacheState& state, const Wanted& wanted, const RefreshOptions& options) const;
    Result<ImportReport> import_copy(const CacheState& state, const Wanted& wanted,
                                     const RefreshOptions& options, bool& rows_went) const;
    // `keeps_rows`: ledgers stay, for a refresh that goes on.
    Status remove_what_is_not_of(const CacheState& state, bool keeps_rows) const;
    Cached stale(Cached cached, const Error& why, const Clock& clock) const;
    std::string path_of(const std::string& name) const { return directory_ + "/" + name; }

    ledger::LedgerDir ledger_;
    Source source_;
    std::string directory_;
};

}  // namespace daybook::legacy
