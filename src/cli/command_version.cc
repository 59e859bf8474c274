// daybook version: what this program is.

#include "base/version.h"
#include "cli/context.h"
#include "cli/flags.h"

namespace daybook::cli {
namespace {

class VersionCommand final : public Command {
public:
    void declare(CLI::App&) override {}

    Result<ExitCode> run(Context& context) override {
        context.out.print("daybook {} ({})\n", version(), compiler());
        return ExitCode::kOk;
    }
};

}  // namespace

extern constinit const CommandInfo kVersionCommand = {
    .name = "version",
    .summary = "Shows the version",
    .details = "",
    .examples = "daybook version",
    .make = make_command<VersionCommand>,
};

}  // namespace daybook::cli
