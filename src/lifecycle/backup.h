// A backup of a ledger that is in use, and a ledger made of a backup.
//
// A backup is consistent: all events that were acknowledged before it began are in it, each whole,
// with the files they name.  It is verified: what it holds has been read again from where it lies,
// but for what an incremental one takes for unchanged.  It is there from one moment to the next,
// when its list is renamed; until then the one before it is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::lifecycle {

struct BackupOptions {
    // Files that the last backup has, of the same size and time, are not read again.
    bool incremental = false;
    // How long to wait for whoever holds lifecycle.lock, or seals.
    int wait_ms = 30'000;
    // Bytes done, of all; false ends it with kCancelled.
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
    const Clock* clock = &system_clock();
};

struct BackupReport {
    std::string ledger_id{};
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;         // of them
    std::uint64_t copied = 0;        // now
    std::uint64_t copied_bytes = 0;  // of these
    std::uint64_t kept = 0;          // were there
    std::uint64_t unread = 0;        // of these, taken for what they were (`incremental`)
    std::uint64_t removed = 0;       // of earlier backups, that no list names any more
    std::vector<std::string> notes{};
    // What should be in it and is not: what the ledger's seals and manifests name and it has not,
    // or not as they say, and whether an older copy of it was kept; files whose names no list can
    // hold.  None: the copy is whole.
    std::vector<std::string> losses{};
};

// Makes a backup of the ledger in the directory `destination`, which is made if need be.  Durable
// when it returns.  kAlreadyExists: something else lies there, or the backup of another ledger;
// kBusy: somebody archives, removes, imports, or backs up to the same place; kCorrupt: a copy read
// back was not what had been written.
Result<BackupReport> backup_ledger(const ledger::LedgerDir& dir, const std::string& destination,
                                   const BackupOptions& options = {});

struct RestoreOptions {
    std::function<bool(std::uint64_t done, std::uint64_t total)> progress{};
};

struct RestoreReport {
    std::string ledger_id{};
    std::string at{};  // when the backup was begun
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

// Makes a ledger in `directory` of the backup in `source`: under another name, which is given up
// when all of it has been found right and is on the disk; what an error leaves of that is removed.
// kAlreadyExists: there is something in `directory`; kNotFound: there is no backup; kCorrupt: it is
// damaged, and where.
Result<RestoreReport> restore_ledger(const std::string& source, const std::string& directory,
                                     const RestoreOptions& options = {});

}  // namespace daybook::lifecycle
