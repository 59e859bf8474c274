#include "archive/archive_troubles.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "archive/archive_layout.h"
#include "archive/manifest_file.h"
#include "os/file.h"

namespace daybook::archive {
namespace {

class Look {
public:
    explicit Look(const ledger::LedgerDir& dir) : dir_(dir), layout_(dir) {}

    Result<std::vector<ArchiveTrouble>> run() {
        ASSIGN_OR_RETURN(const std::vector<Day> days, list_days(layout_));
        for (const Day day : days) {
            const Result<std::optional<Manifest>> manifest = read_manifest(layout_, day);
            if (!manifest) {
                add(layout_.manifest_path(day),
                    "cannot be read: " + std::string(manifest.error().message()));
            } else if (*manifest) {
                RETURN_IF_ERROR(look_at(**manifest));
            }
        }
        return std::move(found_);
    }

private:
    Status look_at(const Manifest& manifest) {
        for (const ArchiveFile& file : manifest.files) {
            const std::string path = layout_.file_path(manifest.day, file.name);
            ASSIGN_OR_RETURN(const auto info, os::file_info(path));
            if (info && info->size.value() == file.bytes) continue;
            // Retention may have replaced it, and its manifest, between the two looks.
            const auto after = read_manifest(layout_, manifest.day);
            if (!after || *after != manifest) continue;
            add(path, info ? fmt::format("has {} bytes, and the manifest says {}",
                                         info->size.value(), file.bytes)
                           : std::string("is not there, and the manifest names it"));
        }
        for (const ArchivedPart& part : manifest.parts) {
            const std::string path = dir_.layout().part_path(part.part);
            ASSIGN_OR_RETURN(const auto info, os::file_info(path));
            if (!info || info->size.value() == part.bytes) continue;
            add(path,
                fmt::format("has {} bytes, and hides the part of that name that is archived, of {}",
                            info->size.value(), part.bytes),
                true);
        }
        return {};
    }

    void add(const std::string& path, std::string detail, bool is_in_the_way = false) {
        found_.push_back({.path = path.substr(dir_.root().size() + 1),
                          .detail = std::move(detail),
                          .is_in_the_way = is_in_the_way});
    }

    const ledger::LedgerDir& dir_;
    ArchiveLayout layout_;
    std::vector<ArchiveTrouble> found_{};
};

}  // namespace

Result<std::vector<ArchiveTrouble>> archive_troubles(const ledger::LedgerDir& dir) {
    return Look(dir).run();
}

}  // namespace daybook::archive
