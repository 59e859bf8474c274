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
    // What goes of one run.
    struct Cut {
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
    };
    using Cuts = std::unordered_map<std::size_t, Cut>;
    // New files that no manifest names yet.
    struct Prepared {
        archive::Manifest manifest{};  // with what is left, and without a word of why
        std::vector<std::string> old{};
        std::vector<archive::RewrittenFile> rewritten{};
        Cuts cuts{};
        DayRetained retained{};
    };

    // `connection` is one to a database of one thread.  All are borrowed.
    DayRetention(const ledger::LedgerDir& dir, const RetentionJournal& journal,
                 const GoingRuns& runs, duck::Connection& connection, const Clock& clock)
        : dir_(dir),
          layout_(dir),
          journal_(journal),
          runs_(runs),
          connection_(connection),
          clock_(clock) {}

    // kCorrupt, kNotFound: the day cannot be read, and was not touched.
    Result<Prepared> prepare(const JournalDay& day);
    // Takes the files away that prepare() has written.
    Status discard(const Prepared& prepared);
    // The events, and the manifest.  `replaces`: events of the log that said what did not come.
    // kLimit: the manifest would be too long; nothing was recorded.  Where it fails before the
    // manifest is in force, the files are taken away again.
    Result<DayRetained> commit(const JournalDay& day, Prepared prepared,
                               const std::vector<std::string>& replaces, const Record& record);

private:
    struct Event {
        std::string event_id;
        std::string text;
    };

    // How many events of the file go.
    Result<std::uint64_t> count_what_goes(const archive::Manifest& manifest,
                                          const archive::ArchiveFile& file);
    Status prepare_files(const JournalDay& day, Prepared& prepared);
    // Writes what is left of the file, under its name.
    Result<archive::RewrittenFile> rewrite(const archive::Manifest& manifest,
                                           const archive::ArchiveFile& file, Cuts& cuts);
    // Comes before the manifest: nothing goes that no event speaks of.
    Result<std::uint64_t> manifest_bytes(Day day) const;
    static Status record_all(const std::vector<Event>& events, const Record& record);
    Status put_in_force(const Prepared& prepared);
    // The events that say what goes, and the manifest's word that they do.
    std::vector<Event> describe(const JournalDay& day, Prepared& prepared,
                                const std::vector<std::string>& replaces) const;

    const ledger::LedgerDir& dir_;
    archive::ArchiveLayout layout_;
    const RetentionJournal& journal_;
    const GoingRuns& runs_;
    duck::Connection& connection_;
    const Clock& clock_;
};

// Whether the day's manifest says that its lines have gone.
Result<bool> is_done(const ledger::LedgerDir& dir, const JournalDay& day);

}  // namespace daybook::lifecycle
