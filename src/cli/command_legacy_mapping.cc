// daybook legacy mapping: how old tables become events.

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/flags.h"
#include "ledger/ledger_dir.h"
#include "ledger/type_registry.h"
#include "legacy/mapping.h"
#include "legacy/mapping_check.h"
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
        ASSIGN_OR_RETURN(const schema::Registry types,
                         ledger::read_registry(ledger::LedgerDir(context.ledger_location().path)));
        ASSIGN_OR_RETURN(const std::vector<std::string> problems,
                         legacy::check_mapping(*mapping, types));
        for (const std::string& problem : problems) {
            report_note(fmt::format("mapping {}, {}", file_, problem));
        }
        if (!problems.empty()) return ExitCode::kFailed;
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
        "A mapping says which rows of which tables become which events.  --check tells what is "
        "wrong\n"
        "with it as far as that shows without a file: event types that the ledger does not know,\n"
        "fields that they must have, SQL that is none or reads something else, rules whose events\n"
        "would have the same ids.  What it makes of a file tells 'daybook legacy import FILE\n"
        "--mapping M --dry-run'.\n"
        "Exit codes: 0, 1 if something is wrong with it.",
    .examples =
        "daybook legacy mapping > lab.toml\n"
        "daybook legacy mapping --check lab.toml",
    .common_flags = kLedgerFlag,
    .make = make_command<LegacyMappingCommand>,
};

}  // namespace daybook::cli
