// Inflates every part of an archive file and compares the bytes with what the manifest says.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "archive/archive_writer.h"
#include "archive/manifest.h"
#include "base/result.h"

namespace daybook::archive {

// `path` holds `file` with `parts`, none of any other file.  kCorrupt: it holds something else; the
// message names the part.
Status read_back(const std::string& path, const ArchiveFile& file,
                 std::span<const ArchivedPart> parts, const Progress& progress = {});

}  // namespace daybook::archive
