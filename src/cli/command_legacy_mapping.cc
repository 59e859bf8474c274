// daybook legacy mapping: how old tables become events.

#include "cli/context.h"
#include "cli/flags.h"
#include "legacy/seed_toml.h"

namespace daybook::cli {
namespace {

class LegacyMappingCommand final : public Command {
public:
    void declare(CLI::App& /*app*/) override {}

    Result<ExitCode> run(Context& context) override {
        context.out.print("{}", legacy::kSeedToml);
        return ExitCode::kOk;
    }
};

}  // namespace

extern constinit const CommandInfo kLegacyMappingCommand = {
    .name = "legacy mapping",
    .summary = "Prints the built-in mapping, to begin one's own from",
    .details = "",
    .examples = "daybook legacy mapping > my.toml",
    .make = make_command<LegacyMappingCommand>,
};

}  // namespace daybook::cli
