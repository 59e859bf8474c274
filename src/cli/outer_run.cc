#include "cli/outer_run.h"

#include "os/environment.h"
#include "os/file.h"

namespace daybook::cli {

std::string outer_run_id(const std::string& directory) {
    const std::string its_ledger = os::environment_variable("DAYBOOK_LEDGER");
    const bool is_here =
        its_ledger.empty() || os::canonical_path(its_ledger) == os::canonical_path(directory);
    return is_here ? os::environment_variable("DAYBOOK_RUN_ID") : "";
}

}  // namespace daybook::cli
