// What an `artifact.created` event says about a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/ledger_dir.h"

namespace daybook::ledger {

// The format that a file's name tells: its extension, in lower case and without the dot; unset if
// it has none.
std::optional<std::string> format_of_name(std::string_view path);

// kInvalidArgument: what is at `path` is no ordinary file.  Nothing there is no error yet.
Status check_is_file(const std::string& path);

// Where `path` leads: relative to the ledger's directory where it lies inside it, else absolute.
std::string artifact_place(const LedgerDir& dir, const std::string& path);

struct ArtifactFacts {
    // Relative to the ledger's directory where the file lies inside it, else absolute.
    std::string path;
    std::int64_t size_bytes = 0;
    std::string sha256;
    std::optional<std::string> format{};  // that of its name
};

// Reads the file once, in blocks.  kNotFound, kInvalidArgument (a directory), kIo.
Result<ArtifactFacts> artifact_facts(const LedgerDir& dir, const std::string& path);

}  // namespace daybook::ledger
