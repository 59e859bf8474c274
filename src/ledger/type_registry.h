// `events/_schema.json`: the event types of one ledger, on disk and in memory.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"
#include "schema/registry.h"

namespace daybook::ledger {

// The types that `dir` knows: those of its registry file, or the built-in ones where it has none.
Result<schema::Registry> read_registry(const LedgerDir& dir);

// Registers a type, or a new version of one, from the text of its JSON Schema.  Changes the file
// under ledger.lock, by rename, and only if nothing breaks; the report tells.
Result<schema::RegisterReport> register_type(const LedgerDir& dir, std::string_view schema_text);

// Writes the registry file of a ledger that has none, with the built-in types.
Status create_registry(const LedgerDir& dir);

// The registry as a process sees it that appends: the built-in types, which need no file, until it
// is asked to look; from then on those of the file, read again when it has changed.  Thread-safe.
class TypeRegistry {
public:
    explicit TypeRegistry(const LedgerDir& dir);

    Result<std::shared_ptr<const schema::Registry>> get();
    // True if the file is another one than at the last look; the next get() reads it.
    Result<bool> refresh();

private:
    Result<std::optional<os::FileInfo>> look() const;

    const LedgerDir& dir_;
    std::mutex mutex_;
    std::shared_ptr<const schema::Registry> registry_;  // null: to be read
    std::optional<os::FileInfo> seen_;                  // the file that registry_ was read from
};

}  // namespace daybook::ledger
