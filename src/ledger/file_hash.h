// The SHA-256 of a file, read in blocks.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace daybook::ledger {

struct FileHash {
    std::uint64_t bytes = 0;
    std::string sha256;
    bool operator==(const FileHash&) const = default;
};

// Of the first `bytes_max` bytes of an open file, or of all of it.
Result<FileHash> hash_file(int fd, const std::string& path, std::uint64_t bytes_max = UINT64_MAX);

}  // namespace daybook::ledger
