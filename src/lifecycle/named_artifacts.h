// Which files below artifacts/ the events of a log name, and which runs have events.
//
// Anything in an event that reads as a path with artifacts/ in it names that path, whatever the
// field: the path of an artifact, of a diff, of the table that a configuration reads.  Lines that
// are damaged name what can be read of them.  So a file may be taken for named that is not, and
// never the other way round.
//
// Of runs whose events retention has removed, the summaries that are left name nothing: their
// files are what retention is there to free (docs/decisions/0161-what-keeps-an-artifact.md).  A run
// that came back, by an import or a merge, is a run like others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/calendar.h"
#include "base/result.h"
#include "json/envelope.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/hash_set.h"
#include "log/log_source.h"
#include "log/scan.h"

namespace daybook::lifecycle {

// What retention has removed.
class RetainedRuns {
public:
    struct Entry {
        std::string run{};
        TimestampMs at{};
        bool summary_is_left = false;
        std::set<Day> days{};  // on which the runs of this retention had events
    };
    void add(const Entry& entry);

    bool empty() const { return runs_.empty(); }
    // Whether the event, which an archive holds for `day`, is of a summary that the last retention
    // of its run has left.  What comes back later has other types, lies in a part that is not
    // archived, or is of another day; where nothing was left, all has come back.
    bool is_left(const json::Envelope& event, Day day) const;

private:
    // One that had many runs and days has an entry a day.
    struct Retention {
        bool summaries_are_left = true;
        std::set<Day> days{};
    };
    std::map<TimestampMs, Retention> retentions_{};
    std::map<std::string, TimestampMs, std::less<>> runs_{};  // the last retention of each
};
// As the manifests of the archives say (docs/formats/archive.md).
Result<RetainedRuns> read_retained_runs(const ledger::LedgerDir& dir);

// Memory: eight bytes for each path and each run.  Not thread-safe.
class NamedArtifacts {
public:
    NamedArtifacts(log::LogSource source, RetainedRuns retained)
        : source_(std::move(source)), retained_(std::move(retained)) {}

    // Called now and then with the bytes read and those that there are; false ends it with
    // kCancelled.
    using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;
    // Reads what the log has and has not been read yet.
    Status read_on(const Progress& progress = {});

    // Whether an event names the file at `path` ("artifacts/…"), or a directory that it lies in.
    bool names(std::string_view path) const;
    // Whether the run with the directory artifacts/runs/`directory`/ has events that retention has
    // left it.
    bool has_run(std::string_view directory) const { return runs_.contains(directory); }
    std::uint64_t lines() const { return lines_; }

private:
    Status read_part(const log::PartInfo& part);
    void see(const log::Line& line, const log::PartInfo& part);
    void see_run(std::string_view run_id);
    void add_paths(std::string_view text);

    log::LogSource source_;
    RetainedRuns retained_;
    std::map<log::PartId, ByteOffset> read_;  // where the first line lies that was not read
    HashSet paths_;
    HashSet runs_;
    std::string last_run_;
    json::EnvelopeReader envelopes_;
    std::uint64_t lines_ = 0;
};

}  // namespace daybook::lifecycle
