// Where a run's artifacts lie: artifacts/runs/<run>/<file> below the ledger's directory.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::ledger {

// A name of a directory that no other run id has.  Bytes outside [A-Za-z0-9._=-] are written as
// %XX; an id whose name would be longer than 200 bytes becomes its first 160 bytes, "~", and the
// XXH3-128 of the id, because file systems take 255 at most.  "", "." and ".." are refused: they
// are places, not names.
Result<std::string> run_directory_name(std::string_view run_id);

// "artifacts/runs/<name>", relative to the ledger's directory.
Result<std::string> run_directory(std::string_view run_id);

}  // namespace daybook::ledger
