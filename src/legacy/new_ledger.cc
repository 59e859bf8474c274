#include "legacy/new_ledger.h"

#include "os/file.h"

namespace daybook::legacy {

NewLedger::NewLedger(const ledger::LedgerDir& dir) : dir_(dir) {
    // What cannot be looked at is no concern of ours.
    const auto is_there = [](const std::string& path) { return os::exists(path).value_or(true); };
    const std::string innermost = os::join_path(dir.index_dir(), "legacy");
    for (std::string path = innermost; !is_there(path); path = os::parent_path(path)) {
        missing_.push_back(path);
        is_root_missing_ = is_root_missing_ || path == dir.root();
    }
}

NewLedger::~NewLedger() {
    // Importers made it before there was anything to import into.
    const bool is_still_none = is_root_missing_ && !os::exists(dir_.manifest_path()).value_or(true);
    if (is_still_none) (void)os::remove_file(dir_.legacy_lock_path());
    for (const std::string& path : missing_) {
        // Those around one that is not empty are not empty either.
        if (!os::remove_empty_dir(path)) return;
    }
}

}  // namespace daybook::legacy
