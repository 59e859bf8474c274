// What an `artifact.created` event says about a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::ledger {

struct ArtifactFacts {
    // Relative to the ledger's directory where the file lies inside it, else absolute.
    std::string path;
    std::int64_t size_bytes = 0;
    std::string sha256;
    // The extension, in lower case, without its dot; unset if there is none.
    std::optional<std::string> format{};
};

// Reads the file once, in blocks.  kNotFound, kInvalidArgument (a directory), kIo.
Result<ArtifactFacts> artifact_facts(const LedgerDir& dir, const std::string& path);

}  // namespace daybook::ledger
