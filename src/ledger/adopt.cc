#include "ledger/adopt.h"

#include <optional>

#include "ledger/manifest.h"
#include "log/scan.h"
#include "log/sharing.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

// A log lies in DIR/events/day=…; who names a directory inside it, or above, is told.
Status check_place(const LedgerDir& dir) {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(dir.layout()));
    if (!parts.empty()) return {};
    // A ledger may get ready for tools that have not begun yet.
    ASSIGN_OR_RETURN(const bool is_ledger, os::exists(dir.manifest_path()));
    if (is_ledger) return {};
    const char* hint = "a log has its lines in events/day=YYYY-MM-DD/part-NNNNNN.jsonl";
    ASSIGN_OR_RETURN(const bool above, os::exists(dir.root() + "/ledger/events"));
    ASSIGN_OR_RETURN(const bool data, os::exists(dir.root() + "/data/ledger/events"));
    if (above) hint = "there is one in its directory 'ledger'";
    if (data) hint = "there is one in its directory 'data/ledger'";
    if (dir.root().ends_with("/events") || dir.root() == "events")
        hint = "name the directory above";
    return fail(ErrorCode::kNotFound, "adopt {}: there is no part of a log here: {}", dir.root(),
                hint);
}

}  // namespace

Result<AdoptReport> adopt(const LedgerDir& dir, const AdoptOptions& options) {
    RETURN_IF_ERROR(check_format(dir));
    RETURN_IF_ERROR(check_place(dir));
    const log::Layout& layout = dir.layout();
    AdoptReport report;
    const TimestampMs now = options.clock->now();
    // The mark first: both tools may be writing while the log is read, which may take minutes, and
    // whoever finds ledger.json may begin to.
    if (!options.dry_run && !options.finish) {
        ASSIGN_OR_RETURN(report.sharing_changed, log::begin_sharing(layout, now));
    }
    ASSIGN_OR_RETURN(report.log, look_at_seed_log(dir, now, options.progress));
    ASSIGN_OR_RETURN(const bool has_manifest, os::exists(dir.manifest_path()));
    report.made_manifest = !has_manifest;
    if (options.dry_run) {
        ASSIGN_OR_RETURN(const log::Sharing sharing, log::sharing_of(layout));
        report.sharing_changed = (sharing == log::Sharing::kShared) == options.finish;
        return report;
    }
    if (options.finish && report.log.in_use > 0) {
        return fail(ErrorCode::kBusy,
                    "finish the adoption of {}: {} of other tools' temporary files {} been written "
                    "within the last minute, so they still write; end them, and finish then",
                    dir.root(), report.log.in_use, report.log.in_use == 1 ? "has" : "have");
    }
    if (options.finish) {
        ASSIGN_OR_RETURN(report.sharing_changed, log::end_sharing(layout));
    }
    RETURN_IF_ERROR(read_or_create_manifest(dir).map([](const Manifest&) {}));
    return report;
}

}  // namespace daybook::ledger
