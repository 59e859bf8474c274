// The id that a run was given, taken for it: two runs of one id would be mixed.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::cli {

// Holds an id by the directory of the run's artifacts, which one process alone can make.
class RunClaim {
public:
    // kAlreadyExists: the ledger has files or events of a run of this id, or another process has
    // just taken it.  kInvalidArgument: no run can have it.  A ledger that cannot be written or
    // looked into stops no program: the id is then held by nothing.  Reads the log.
    static Result<RunClaim> take(std::string_view run_id, const std::string& ledger_dir);

    RunClaim(RunClaim&& other) noexcept;
    RunClaim& operator=(RunClaim&&) = delete;
    // Gives the id back, unless it is kept.
    ~RunClaim();

    // The run is recorded: its directory stays.
    void keep() { directory_.clear(); }

private:
    explicit RunClaim(std::string directory);

    std::string directory_;  // made by this one; empty: none to be removed
};

}  // namespace daybook::cli
