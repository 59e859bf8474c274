// Writes the lines of sealed parts into one Parquet file.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "archive/manifest.h"
#include "base/result.h"
#include "log/layout.h"

namespace daybook::archive {

// A part that is to be archived.
struct SealedPart {
    log::PartId part;
    std::string path;         // of its file
    std::uint64_t bytes = 0;  // the four, as its seal says
    std::string sha256{};
    std::string seal_sha256{};  // of the seal's own bytes
};

// A Parquet file that is written and synced, with what a manifest says of it and of its parts.
struct WrittenFile {
    ArchiveFile file;  // its name is what the caller has given
    std::vector<ArchivedPart> parts;
};

// Called now and then, from one thread, with how many more bytes of JSONL are through; false stops
// it: kCancelled.
using Progress = std::function<bool(std::uint64_t bytes)>;

// Writes `parts`, by number, to `path`; what is there is replaced.  `name` is what the file is to
// be called.  Memory: about 300 MB, whatever the size.  kCorrupt: a part is not what its seal says;
// kLimit: one is larger than an archive may hold.  What was written until then is removed.
Result<WrittenFile> write_archive(const std::string& path, const std::string& name,
                                  std::span<const SealedPart> parts, const Progress& progress = {});

}  // namespace daybook::archive
