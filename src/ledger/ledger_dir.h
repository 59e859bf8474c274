// Every file name directly below a ledger's directory; those below events/ and torn/ are the log's
// (log/layout.h).
#pragma once

#include <string>
#include <utility>

#include "log/layout.h"

namespace daybook::ledger {

// Where the files of one ledger are.  Copyable; knows names, touches nothing.
class LedgerDir {
public:
    explicit LedgerDir(std::string root) : layout_(std::move(root)) {}

    const std::string& root() const { return layout_.root(); }
    const log::Layout& layout() const { return layout_; }

    std::string manifest_path() const { return root() + "/ledger.json"; }
    // Held while ledger.json or the schema registry is changed, or an object is replaced.
    std::string lock_path() const { return root() + "/ledger.lock"; }
    // Held by the daemon while it runs.
    std::string daemon_lock_path() const { return root() + "/daemon.lock"; }
    // Held while sealed parts are touched: by archiving, retention and repair.
    std::string lifecycle_lock_path() const { return root() + "/lifecycle.lock"; }
    // Held while events of an old file are imported.
    std::string legacy_lock_path() const { return root() + "/legacy.lock"; }
    std::string schema_registry_path() const { return layout_.events_dir() + "/_schema.json"; }

    std::string artifacts_dir() const { return root() + "/artifacts"; }
    // Diffs that runs started from, by their content (docs/formats/artifacts.md).
    std::string code_dir() const { return artifacts_dir() + "/code"; }
    // What was added by copy, by its content (docs/formats/artifacts.md).
    std::string objects_dir() const { return artifacts_dir() + "/objects"; }
    // Parts that have left events/, a day a directory (docs/formats/archive.md).
    std::string archive_dir() const { return root() + "/archive"; }
    // The journal of a retention that is under way.
    std::string retention_journal_path() const { return archive_dir() + "/_retention.json"; }
    // What is about to go (docs/formats/archive.md, "Trash").
    std::string trash_dir() const { return root() + "/trash"; }
    // How far imports and merges have come.  Its name sorts before all others, so that a copy that
    // is made by name, as rsync does it, has it older than the events that it speaks of.
    std::string imports_dir() const { return root() + "/_imports"; }
    // What the last backup came to.
    std::string backup_note_path() const { return root() + "/backup.json"; }
    std::string quarantine_dir() const { return root() + "/quarantine"; }
    std::string index_dir() const { return root() + "/index"; }

private:
    log::Layout layout_;
};

}  // namespace daybook::ledger
