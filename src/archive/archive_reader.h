// The parts that archives hold, for those who read the log.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_layout.h"
#include "archive/inflate.h"
#include "archive/manifest.h"
#include "base/calendar.h"
#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "log/log_source.h"
#include "os/file.h"

namespace daybook::archive {

// Looks at the manifests each time, and reads those that have changed; DuckDB is loaded when the
// first part is opened.  Safe to call from all threads.
class ArchiveReader final : public log::ArchivedParts {
public:
    // What list() and ends() do with a day whose manifest cannot be read: nobody should take a log
    // for whole that is not, but who looks for damage wants to see the rest of it.
    enum class Damaged { kFail, kSkip };

    explicit ArchiveReader(const ledger::LedgerDir& dir, Damaged damaged = Damaged::kFail)
        : layout_(dir), log_(dir.layout()), damaged_(damaged) {}

    Result<std::vector<log::PartInfo>> list() const override;
    Result<log::OpenPart> open(const log::PartId& part) const override;
    Result<std::optional<log::PartEnds>> ends(const log::PartId& part) const override;

    // The manifest of a day as it is now; null: there is none.  Shared with whoever reads beside.
    Result<std::shared_ptr<const Manifest>> manifest(Day day) const;

private:
    // What is known of a day, for as long as its manifest is the same file.
    struct DayState {
        os::FileInfo file;
        std::shared_ptr<const Manifest> manifest;
        std::vector<log::PartInfo> parts;
    };
    // Null: there is none.
    Result<std::shared_ptr<const DayState>> look(Day day) const;
    // The same, and null for a day that `damaged_` lets pass.
    Result<std::shared_ptr<const DayState>> look_or_skip(Day day) const;
    Result<const Inflater*> inflater() const;
    Result<log::OpenPart> inflate(const Manifest& manifest, const ArchivedPart& part) const;

    ArchiveLayout layout_;
    log::Layout log_;
    Damaged damaged_;
    mutable std::mutex mutex_;
    mutable std::map<Day, std::shared_ptr<const DayState>> days_;
    mutable std::optional<Inflater> inflater_;
};

}  // namespace daybook::archive
