// What the file system under a directory can do of what Daybook relies on, found by trying.
#pragma once

#include <string>

#include "base/result.h"
#include "os/filesystem.h"
#include "selftest/check.h"

namespace daybook::selftest {

struct Traits {
    os::FilesystemTraits filesystem;
    std::uint64_t free_bytes = 0;
    Checks checks{};

    // Whether a ledger can be kept there at all.
    bool usable() const;
};

// Starts context.program as `selftest --worker lock --dir FILE` to see whether locks hold between
// processes.
Result<Traits> look_at_traits(const StageContext& context);

}  // namespace daybook::selftest
