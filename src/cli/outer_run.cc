#include "cli/outer_run.h"

#include <utility>

#include "cli/context.h"
#include "ledger/outer_run.h"
#include "os/environment.h"
#include "os/file.h"

namespace daybook::cli {

std::optional<std::string> outer_run(const std::string& directory) {
    const std::string its_ledger = os::environment_variable("DAYBOOK_LEDGER");
    const bool is_here =
        its_ledger.empty() || os::canonical_path(its_ledger) == os::canonical_path(directory);
    if (!is_here) return std::nullopt;
    auto outer = ledger::outer_run(os::environment_variable("DAYBOOK_RUN_ID"));
    if (outer) return std::move(*outer);
    report_note("warning: " + outer.error().message() + "; the run is recorded without a parent");
    return std::nullopt;
}

}  // namespace daybook::cli
