// `daybook retain`: what the policy does not keep any more is taken out of the archives.
//
//     lifecycle.lock ─▶ the index is brought up to date ─▶ facts ─▶ plan (retention_plan.h)
//     ─▶ the files that are concerned are what their manifests say ─▶ journal
//     ─▶ of each day: new files, written and read back ─▶ what may not go any more is taken off
//                     the journal ─▶ ledger.retained, durably
//                     ─▶ manifest.json, by rename: THE step ─▶ old files to trash/
//     ─▶ the index forgets ─▶ the journal goes ─▶ what has lain in trash/ for long enough goes
//
// A crash anywhere leaves a journal, which the next one that holds the lock finishes with the same
// events.  Nothing is removed that no event says has gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/manifest.h"
#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/policy.h"
#include "lifecycle/retention_plan.h"

namespace daybook::lifecycle {

struct RetainOptions {
    RetentionPolicy policy{};
    bool trust_clock = false;  // count ages from the clock, however far it is ahead
    std::string reason{};      // recorded; empty: the limits of the policy
    std::string author{};
    int wait_ms = 0;  // for lifecycle.lock
    const Clock* clock = &system_clock();
    // Asked now and then; false ends it with kCancelled after the step that is under way.  What was
    // decided is finished by the next one.
    std::function<bool()> keep_on{};
};

struct RetainReport {
    RetentionPlan plan{};
    // The plan was carried out.
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;       // of lines
    std::uint64_t disk_bytes = 0;  // by which the archives have become smaller
    std::uint64_t days = 0;        // that were rewritten
    // What an earlier one had left, and what else the user should know.
    std::vector<std::string> notes{};
    // What is damaged, so that something stays that should go.
    std::vector<std::string> problems{};
};

// What would go, and what stays and why.  Takes no lock and changes nothing.
Result<RetainReport> plan_retain(const ledger::LedgerDir& dir, const RetainOptions& options);

// Decides and does it.  kBusy: somebody else holds lifecycle.lock; kIo, with nothing changed: a
// part of the log is missing (missing_parts.h).  After any other error a journal
// may be left: the next one finishes it.
Result<RetainReport> retain(const ledger::LedgerDir& dir, const RetainOptions& options);

struct FinishedRetention {
    std::string done{};  // in words; empty: there was none
    std::vector<std::string> problems{};
};

// Finishes a retention that was cut short, but for runs that may not go any more.  The caller holds
// lifecycle.lock.  On an error the journal stays.
Result<FinishedRetention> finish_retention(const ledger::LedgerDir& dir,
                                           const Clock& clock = system_clock());

// The same for those that have other work to do: what cannot be finished now is a problem that they
// report.  kUnsupported: a journal of a newer version, which nobody may pass by.
Result<FinishedRetention> settle_retention(const ledger::LedgerDir& dir,
                                           const Clock& clock = system_clock());

// Whether a retention was cut short.
Result<bool> has_unfinished_retention(const ledger::LedgerDir& dir);

// A run that retention has removed, all or but for its summary: the last time it did.
struct RemovedRun {
    std::string event_id{};  // of a ledger.retained that says so
    TimestampMs at{};
};
using RemovedRuns = std::map<std::string, RemovedRun, std::less<>>;  // by run id
// Who means to act on it holds lifecycle.lock and has finished what was cut short: until then a
// retention may remove more.
Result<RemovedRuns> removed_runs(const ledger::LedgerDir& dir);
// Adds those that one day's manifest names.
void add_removed_runs(const archive::Manifest& manifest, RemovedRuns& runs);

}  // namespace daybook::lifecycle
