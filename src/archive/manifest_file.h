// Reading and replacing manifest.json.
#pragma once

#include <optional>

#include "archive/archive_layout.h"
#include "archive/manifest.h"
#include "base/calendar.h"
#include "base/result.h"

namespace daybook::archive {

// nullopt: the day has none.  Errors: those of decode_manifest(), and that it is another day's.
Result<std::optional<Manifest>> read_manifest(const ArchiveLayout& layout, Day day);

// Replaces it by rename, durably: the commit point.  The caller holds lifecycle.lock.
Status write_manifest(const ArchiveLayout& layout, const Manifest& manifest);

}  // namespace daybook::archive
