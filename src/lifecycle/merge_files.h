// The files of a merge: those that its events name come along, each before the event.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "lifecycle/artifact_placer.h"

namespace daybook::lifecycle {

// Not thread-safe.
class MergeFiles {
public:
    // `dry_run`: nothing is copied.
    MergeFiles(const ledger::LedgerDir& dir, const ledger::LedgerDir& source, bool dry_run)
        : source_(source), placer_(dir), dry_run_(dry_run) {}

    // Copies the file at `path`, as an event has it, unless this ledger has it.  Absolute paths are
    // of the machine, and stay.
    Status take(std::string_view path);
    // Returns when the names of what was copied are on the device.
    Status sync() { return placer_.sync(); }

    const PlacedReport& report() const { return report_; }
    // That the source has not, or not yet.
    const std::set<std::string>& missing() const { return missing_; }
    // What keeps others from coming along.
    const std::vector<std::string>& notes() const { return notes_; }

private:
    Result<Placed> copy(const std::string& path, const std::string& from, int fd,
                        std::uint64_t bytes);

    ledger::LedgerDir source_;
    ArtifactPlacer placer_;
    bool dry_run_;
    PlacedReport report_{};
    std::set<std::string, std::less<>> seen_{};
    std::set<std::string> missing_{};
    std::vector<std::string> notes_{};
};

}  // namespace daybook::lifecycle
