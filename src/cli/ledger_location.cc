#include "cli/ledger_location.h"

#include "ledger/manifest.h"
#include "os/file.h"

namespace daybook::cli {

using ledger::kDefaultLedgerPath;
using ledger::LedgerLocation;

LedgerLocation locate_ledger(const LedgerQuestion& question) {
    if (!question.flag.empty()) return {.path = question.flag, .reason = "--ledger"};
    return ledger::locate_ledger(question.environment, question.working_directory);
}

Result<std::string> locate_existing_ledger(const LedgerQuestion& question) {
    LedgerLocation location = locate_ledger(question);
    constexpr const char* kAdvice =
        "a ledger is made by the first event that is emitted into it, see 'daybook emit --help'";
    if (location.reason == "default") {
        return fail(
            ErrorCode::kNotFound,
            "find the ledger: there is no {} in {} or any directory above it: name one with "
            "--ledger DIR or DAYBOOK_LEDGER; {}",
            kDefaultLedgerPath, question.working_directory, kAdvice);
    }
    ASSIGN_OR_RETURN(const auto info, os::file_info(location.path));
    if (!info) {
        return fail(ErrorCode::kNotFound, "open the ledger {} (from {}): it does not exist: {}",
                    location.path, location.reason, kAdvice);
    }
    if (!info->is_directory) {
        return fail(ErrorCode::kNotFound, "open the ledger {} (from {}): it is no directory",
                    location.path, location.reason);
    }
    for (const char* name : {"ledger.json", "events"}) {
        ASSIGN_OR_RETURN(const bool found, os::exists(os::join_path(location.path, name)));
        if (found) return std::move(location.path);
    }
    return fail(
        ErrorCode::kNotFound,
        "open the ledger {} (from {}): the directory holds neither ledger.json nor events/: {}",
        location.path, location.reason, kAdvice);
}

Status refuse_other_format(const ledger::LedgerDir& dir) {
    const auto manifest = ledger::read_manifest(dir);
    if (manifest || manifest.error().code() != ErrorCode::kUnsupported) return {};
    return fail(manifest.error());
}

}  // namespace daybook::cli
