// What a legacy file is answered from: a copy of it, and a ledger that its rows have become.
//
//     <ledger>/index/legacy/<name>/
//         lock                   held by whoever brings the cache up to date
//         state.json             what of all this is complete (cache_state.h)
//         refused.json           what came of the last attempt that failed
//         incoming.duckdb        a copy that is being made
//         copy-<hash>.duckdb     the last good copy
//         rows-000001/           a ledger: the copy's rows as events, with an index of its own
//         answers-000001.duckdb  what answers: that index, complete (a hard link to one of its
//                                generations)
//
// All of it is derived from the file, and may be deleted at any time.  Killed at any moment, it
// leaves what was published, and the next refresh goes on: while it does, and after its death, the
// ledger of the rows holds old ones and new ones, and nobody is answered from that.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "legacy/cache_recipe.h"
#include "legacy/cache_state.h"
#include "legacy/refresh_options.h"
#include "legacy/source_copy.h"
#include "legacy/sources.h"
#include "os/lock.h"

namespace daybook::legacy {

// A cache that answers.
struct Cached {
    CacheState state;
    std::string snapshot{};  // the file that answers
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
    // Whether `state` is that of the file as it is now.  What cannot be found out is not.
    bool is_of_file_now(const CacheState& state) const;
    // Puts a copy of the last good copy to `target`; `copied_at` is when that one was made.
    // kNotFound: there is none; kBusy: a process is about it.  Errors of copy_source().
    Result<SourceCopy> copy_last_copy(const std::string& target, int wait_ms,
                                      const std::function<bool()>& keep_on = {}) const;

    // Removes all of it.  kBusy: a process is about it.
    Status remove();

private:
    // Why the file as it is now cannot be read, if that has been found out already.
    std::optional<Error> known_refusal(const CacheRecipe& wanted,
                                       const RefreshOptions& options) const;
    void remember(const CacheRecipe& wanted, const Status& outcome, std::int64_t took_ms,
                  const Clock& clock) const;
    // Why a question is answered from `last` although the file has changed; nullopt: it is not.
    std::optional<Error> not_now(const CacheRecipe& wanted, const CacheState& last,
                                 const Clock& clock) const;
    std::optional<CacheState> read_state() const;

    Result<os::LockFile> take_lock(int wait_ms, const RefreshOptions& options) const;
    Result<Cached> refresh_locked(const CacheRecipe& wanted, const RefreshOptions& options);
    // An error if what is published afterwards is not what the file is, and why.
    Status bring_up_to_date(const std::optional<CacheState>& before, const CacheRecipe& wanted,
                            RefreshOptions options) const;
    // Makes `state` what the file is now; an error leaves it as it was.  How long it waited for
    // whoever holds the file, in milliseconds.
    Result<std::int64_t> update_copy(CacheState& state, const RefreshOptions& options) const;
    Cached stale(Cached cached, const Error& why, const Clock& clock) const;
    std::string path_of(const std::string& name) const { return directory_ + "/" + name; }

    ledger::LedgerDir ledger_;
    Source source_;
    std::string directory_;
};

}  // namespace daybook::legacy
