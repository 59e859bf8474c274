// What stays in index/legacy/ when nobody needs it any more.
//
//     .removed-<name>-<pid>    a cache on its way out (Cache::remove)
//     .import                  the scratch of an import that was killed
//     <name>                   the cache of a file that is attached no more, made again by a
//                              process that had not heard of that, or left by an attach that died
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "legacy/sources.h"

namespace daybook::legacy {

// Where the cache in `directory` goes, by this process, before it is removed.
std::string removed_cache_path(const std::string& directory);

// Removes what is no cache of `sources`, if nobody has been about it for an hour and nobody holds
// its lock: what a process is about to attach stays.  What cannot be removed stays too.
Status sweep_caches(const ledger::LedgerDir& dir, const std::vector<Source>& sources,
                    const Clock& clock);

}  // namespace daybook::legacy
