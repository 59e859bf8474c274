#include "ledger/ledger_location.h"

#include <utility>

#include "os/file.h"

namespace daybook::ledger {
namespace {

bool is_directory(const std::string& path) {
    const auto info = os::file_info(path);
    return info && *info && (*info)->is_directory;
}

}  // namespace

LedgerLocation locate_ledger(const std::string& environment, const std::string& working_directory) {
    if (!environment.empty()) return {.path = environment, .reason = "DAYBOOK_LEDGER"};
    std::string directory = working_directory;
    while (!directory.empty()) {
        std::string candidate = os::join_path(directory, kDefaultLedgerPath);
        if (is_directory(candidate)) {
            // The short form for the usual case: it is what appears in messages.
            if (directory == working_directory) candidate = kDefaultLedgerPath;
            return {.path = std::move(candidate), .reason = "found upwards"};
        }
        std::string above = os::parent_path(directory);
        if (above == directory || above == ".") break;
        directory = std::move(above);
    }
    return {.path = kDefaultLedgerPath, .reason = "default"};
}

}  // namespace daybook::ledger
