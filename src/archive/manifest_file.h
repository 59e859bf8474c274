// Reading and replacing manifest.json.
#pragma once

#include <cstddef>
#include <optional>

#include "archive/archive_layout.h"
#include "archive/manifest.h"
#include "base/calendar.h"
#include "base/result.h"

namespace daybook::archive {

// nullopt: the day has none.  Errors: those of decode_manifest(), and that it is another day's.
Result<std::optional<Manifest>> read_manifest(const ArchiveLayout& layout, Day day);

// kLimit: its document is longer than `bytes_max`, and read_manifest() would not take it.
Status check_manifest_size(const ArchiveLayout& layout, const Manifest& manifest,
                           std::size_t bytes_max = kManifestBytesMax);

// Replaces it by rename, durably: the commit point.  The caller holds lifecycle.lock.  kLimit as
// above: what was there stays.
Status write_manifest(const ArchiveLayout& layout, const Manifest& manifest,
                      std::size_t bytes_max = kManifestBytesMax);

}  // namespace daybook::archive
