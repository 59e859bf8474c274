// The files of a merge: those that its events name come along, each before the event, and only with
// the content that the event says.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/file_hash.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/artifact_names.h"
#include "lifecycle/artifact_placer.h"
#include "os/file.h"

namespace daybook::lifecycle {

// Not thread-safe.
class MergeFiles {
public:
    // `dry_run`: nothing is copied.
    MergeFiles(const ledger::LedgerDir& dir, const ledger::LedgerDir& source, bool dry_run,
               const Clock& clock = system_clock())
        : dir_(dir), source_(source), placer_(dir), dry_run_(dry_run), clock_(&clock) {}

    // Copies the file, as an event has it, unless this ledger has it.  Absolute paths are of the
    // machine, and stay.  `may_be_gone`: what the source has removed is not to be asked for again.
    Status take(const NamedFile& file, bool may_be_gone = false);
    // Returns when the names of what was copied are on the device.
    Status sync() { return placer_.sync(); }

    const PlacedReport& report() const { return report_; }
    // What the source has not, or not yet, or not as the events say, by path: to be asked for
    // again.
    std::map<std::string, NamedFile> wanted() const;
    std::uint64_t missing() const;  // of these, those that are not there
    std::uint64_t damaged() const;  // those that have another content
    // What keeps others from coming along.
    std::vector<std::string> notes() const;

private:
    struct Seen {
        NamedFile file{};          // as the last event has it
        bool is_done = true;       // nothing more is to be done about it
        bool is_gone = false;      // the source has removed it, by all events until now
        bool is_conflict = false;  // this ledger has another one there, and keeps it
        std::string found{};  // the SHA-256 of what the source has, if that is not what it says
    };

    Status take_new(Seen& seen, bool may_be_gone = false);
    // The content that the file has to have; empty: any.
    static std::string expected(const NamedFile& file);
    Status compare(Seen& seen, int fd, const std::string& from);
    Status copy(Seen& seen, int fd, const std::string& from, std::uint64_t bytes);
    Status make_room(const std::string& path, const ledger::FileHash& hash);

    ledger::LedgerDir dir_;
    ledger::LedgerDir source_;
    ArtifactPlacer placer_;
    bool dry_run_;
    const Clock* clock_;
    PlacedReport report_{};
    std::map<std::string, Seen, std::less<>> seen_{};
    std::vector<std::string> notes_{};
};

}  // namespace daybook::lifecycle
