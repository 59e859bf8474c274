// daybook doctor: is all well, and if not, which command mends it?

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "ledger/manifest.h"
#include "lifecycle/doctor_look.h"

namespace daybook::cli {
namespace {

using lifecycle::Check;
using lifecycle::Health;

class DoctorCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_flag("-q,--quiet", quiet_, "Only what is not well");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        const ledger::LedgerDir dir(*directory);
        const Status readable = ledger::check_format(dir);
        if (!readable) return context.report(readable.error(), ExitCode::kUsage);
        const std::vector<Check> checks =
            lifecycle::judge(lifecycle::look_at_ledger(dir, system_clock()), {}, human_bytes);
        const auto is_well = [](const Check& check) { return check.health == Health::kOk; };
        const auto sick = checks.size() - static_cast<std::size_t>(
                                              std::count_if(checks.begin(), checks.end(), is_well));
        const bool for_people = context.format == Format::kTable;
        if (!for_people || !quiet_ || sick > 0) {
            const auto rows = context.rows({{.name = "check"},
                                            {.name = "state"},
                                            {.name = "found", .whole = true},
                                            {.name = "mend", .whole = true}});
            for (const Check& check : checks) {
                if (quiet_ && is_well(check)) continue;
                rows->row({check.name, to_string(check.health), check.found,
                           check.mend.empty() ? Cell() : Cell(check.mend)});
            }
            rows->finish();
        }
        if (for_people) {
            context.out.print("{}\n", sick == 0   ? std::string("All is well.")
                                      : sick == 1 ? std::string("One thing is not well.")
                                                  : fmt::format("{} things are not well.", sick));
        }
        const bool blind = std::any_of(checks.begin(), checks.end(), [](const Check& check) {
            return check.health == Health::kUnknown;
        });
        return blind ? ExitCode::kUsage : sick > 0 ? ExitCode::kFailed : ExitCode::kOk;
    }

private:
    bool quiet_ = false;
};

}  // namespace

extern constinit const CommandInfo kDoctorCommand = {
    .name = "doctor",
    .summary = "Says whether all is well, and if not, which command mends it",
    .details =
        "A look that changes nothing and takes seconds: disk and forecast, clock, seals, index,\n"
        "damage, runs whose process has died, trash, archive, retention, backup.  It does not\n"
        "read the whole log: that is 'daybook verify'.  The state of a check is ok, warn, bad, or\n"
        "unknown: it could not be looked at.  Exit codes: 0 all well, 1 something is to be done,\n"
        "2 it could not look.",
    .examples =
        "daybook doctor\n"
        "daybook doctor --quiet || mail -s 'ledger' me < /dev/null\n"
        "daybook doctor --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<DoctorCommand>,
};

}  // namespace daybook::cli
