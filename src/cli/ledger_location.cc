#include "cli/ledger_location.h"

#include "ledger/manifest.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr const char* kDefaultPath = "data/ledger";

bool is_directory(const std::string& path) {
    const auto info = os::file_info(path);
    return info && *info && (*info)->is_directory;
}

}  // namespace

LedgerLocation locate_ledger(const LedgerQuestion& question) {
    if (!question.flag.empty()) return {.path = question.flag, .reason = "--ledger"};
    if (!question.environment.empty()) {
        return {.path = question.environment, .reason = "DAYBOOK_LEDGER"};
    }
    std::string directory = question.working_directory;
    while (!directory.empty()) {
        std::string candidate = os::join_path(directory, kDefaultPath);
        if (is_directory(candidate)) {
            // The short form for the usual case: it is what appears in messages.
            if (directory == question.working_directory) candidate = kDefaultPath;
            return {.path = std::move(candidate), .reason = "found upwards"};
        }
        std::string above = os::parent_path(directory);
        if (above == directory || above == ".") break;
        directory = std::move(above);
    }
    return {.path = kDefaultPath, .reason = "default"};
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
            kDefaultPath, question.working_directory, kAdvice);
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
