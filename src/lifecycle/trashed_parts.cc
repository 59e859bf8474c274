#include "lifecycle/trashed_parts.h"

#include <optional>

#include "archive/archive_layout.h"
#include "archive/manifest_file.h"
#include "log/scan.h"
#include "os/file.h"

namespace daybook::lifecycle {

Result<std::vector<LostPart>> lost_parts(const ledger::LedgerDir& dir,
                                         const std::string& directory) {
    // What is moved keeps its place: an entry is laid out as a ledger is.
    const log::Layout entry(directory);
    const archive::ArchiveLayout archives(dir);
    std::optional<archive::Manifest> manifest;
    std::optional<Day> manifest_day;
    std::vector<LostPart> lost;
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(entry));
    for (const log::PartInfo& part : parts) {
        ASSIGN_OR_RETURN(const bool in_log, os::exists(dir.layout().part_path(part.id)));
        ASSIGN_OR_RETURN(const bool sealed, os::exists(dir.layout().seal_path(part.id)));
        if (in_log || !sealed) continue;
        if (manifest_day != part.id.day) {
            ASSIGN_OR_RETURN(manifest, archive::read_manifest(archives, part.id.day));
            manifest_day = part.id.day;
        }
        if (manifest && manifest->find_part(part.id) != nullptr) continue;
        lost.push_back({part.id, entry.part_path(part.id)});
    }
    return lost;
}

}  // namespace daybook::lifecycle
