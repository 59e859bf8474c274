// Takes the lines of a retention out of the archive of one day.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "archive/archive_layout.h"
#include "archive/manifest.h"
#include "archive/rewrite.h"
#include "base/clock.h"
#include "base/result.h"
#include "duck/connection.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/retention_journal.h"

namespace daybook::lifecycle {

struct DayRetained {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    std::uint64_t disk_bytes = 0;
};

// The runs that go, and how to look them up.  Outlives what it is given to.
class GoingRuns {
public:
    explicit GoingRuns(const RetentionJournal& journal);
    // Whether the event goes; `run` is then its run's position among the journal's.
    bool goes(std::string_view run_id, std::string_view event_type, std::size_t* run) const;

private:
    const RetentionJournal& journal_;
    std::unordered_map<std::string_view, std::size_t> positions_;
};

class DayRetention {
public:
    // Appends an event, durably, unless the log has it.
    using Record = std::function<Status(const std::string& event_id, const std::string& event)>;

    // `connection` is one to a database of one thread.  All are borrowed.
    DayRetention(const ledger::LedgerDir& dir, const RetentionJournal& journal,
                 const GoingRuns& runs, duck::Connection& connection, const Clock& clock)
        : dir_(dir),
          layout_(dir),
          journal_(journal),
          runs_(runs),
          connection_(connection),
          clock_(clock) {}

    // Does it, unless it is done.
    Result<DayRetained> run(const JournalDay& day, const Record& record);

private:
    // What goes of one run.
    struct Cut {
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
    };
    using Cuts = std::unordered_map<std::size_t, Cut>;

    Result<bool> has_something_to_go(const archive::Manifest& manifest,
                                     const archive::ArchiveFile& file);
    // Writes what is left of the file, under its name.
    Result<archive::RewrittenFile> rewrite(const archive::Manifest& manifest,
                                           const archive::ArchiveFile& file, Cuts& cuts);
    Status record_all(const JournalDay& day, const Cuts& cuts,
                      const std::vector<archive::RewrittenFile>& rewritten,
                      archive::Manifest& manifest, const Record& record) const;

    const ledger::LedgerDir& dir_;
    archive::ArchiveLayout layout_;
    const RetentionJournal& journal_;
    const GoingRuns& runs_;
    duck::Connection& connection_;
    const Clock& clock_;
};

}  // namespace daybook::lifecycle
