// A command that asks the index about runs which its command line names.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/context.h"
#include "query/fresh.h"
#include "query/session.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace daybook::cli {

// An argument that names a run.
CLI::Option* add_run(CLI::App& app, const std::string& name, std::string& run);

struct RunQuestion {
    query::Session& session;
    const std::string& directory;  // the ledger's
    std::vector<std::string> run_ids{};
};

// Opens the index and has `ask` answer about the runs that `wanted` means, in its order; Ctrl-C
// stops a query meanwhile.  Without a ledger, or where a run is not found, that is a mistake in the
// command line.
Result<ExitCode> ask_about_runs(Context& context, std::span<const std::string> wanted,
                                const query::FreshOptions& fresh,
                                const std::function<Result<ExitCode>(const RunQuestion&)>& ask);

}  // namespace daybook::cli
