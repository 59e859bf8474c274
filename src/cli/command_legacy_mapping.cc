// daybook legacy mapping: how old tables become events.

#include <cstddef>
#include <set>
#include <string>

#include "cli/context.h"
#include "cli/flags.h"
#include "legacy/mapping.h"
#include "legacy/seed_toml.h"

namespace daybook::cli {
namespace {

class LegacyMappingCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("--check", file_, "Read this mapping, and say what is wrong with it")
            ->type_name("FILE");
    }

    Result<ExitCode> run(Context& context) override {
        if (file_.empty()) {
            context.out.print("{}", legacy::kSeedToml);
            return ExitCode::kOk;
        }
        const auto mapping = legacy::load_mapping(file_);
        if (!mapping) return context.report(mapping.error(), ExitCode::kFailed);
        // One [[rule]] may be of several events.
        std::set<std::size_t> rules;
        for (const legacy::Rule& rule : mapping->rules) rules.insert(rule.line);
        context.out.print("{}: {} {}\n", file_, rules.size(), rules.size() == 1 ? "rule" : "rules");
        return ExitCode::kOk;
    }

private:
    std::string file_;
};

}  // namespace

extern constinit const CommandInfo kLegacyMappingCommand = {
    .name = "legacy mapping",
    .summary = "Prints the built-in mapping, to begin one's own from, or checks a mapping",
    .details =
        "A mapping says which rows of which tables become which events.  What it makes of a file\n"
        "tells 'daybook legacy import FILE --mapping M --dry-run'.",
    .examples =
        "daybook legacy mapping > lab.toml\n"
        "daybook legacy mapping --check lab.toml",
    .make = make_command<LegacyMappingCommand>,
};

}  // namespace daybook::cli
