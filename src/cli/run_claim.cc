#include "cli/run_claim.h"

#include <utility>

#include "cli/run_finder.h"
#include "ledger/artifact_layout.h"
#include "ledger/ledger_dir.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

Error refusal(std::string_view run_id, std::string_view why) {
    return Error(ErrorCode::kAlreadyExists,
                 fmt::format("--run-id: found {}, which has been run: {}; expected an id that is "
                             "new, or none: then one is made up",
                             run_id, why));
}

}  // namespace

RunClaim::RunClaim(std::string directory) : directory_(std::move(directory)) {}

RunClaim::RunClaim(RunClaim&& other) noexcept
    : directory_(std::exchange(other.directory_, std::string())) {}

// What cannot be removed holds files, which are the run's.
RunClaim::~RunClaim() {
    if (!directory_.empty()) (void)os::remove_empty_dir(directory_);
}

Result<RunClaim> RunClaim::take(std::string_view run_id, const std::string& ledger_dir) {
    const auto below = ledger::run_directory(run_id);
    if (!below) return fail(below.error().with_context("--run-id"));
    const std::string directory = os::join_path(ledger_dir, *below);
    Status made = os::make_dirs(os::parent_path(directory));
    if (made) made = os::make_new_dir(directory);
    const bool is_taken = made ? false : os::exists(directory).value_or(false);
    if (is_taken) return fail(refusal(run_id, directory + " is there"));
    // Looked for when the id is held: whoever held it before has recorded what it was to.
    RunClaim claim(made ? directory : "");
    const ledger::LedgerDir dir(ledger_dir);
    const auto known = RunFinder(dir).find(std::string(run_id));
    if (known && *known) {
        return fail(refusal(run_id, "its events are in " + dir.layout().events_dir()));
    }
    return claim;
}

}  // namespace daybook::cli
