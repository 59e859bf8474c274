// daybook show: one run.

#include <optional>
#include <string>

#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/run_question.h"
#include "cli/run_report.h"

namespace daybook::cli {
namespace {

class ShowCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_run(app, "RUN", run_)->required();
        app.add_option("--metric", options_.metric, "Order trials by this metric, the best first")
            ->type_name("NAME");
        app.add_flag("--ascending", options_.ascending, "The least value of it is the best");
        add_count(app, "--trials", trials_, "At most so many trials; 0: all (10, in JSON all)");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        if (context.format == Format::kCsv) {
            return context.report(
                Error(ErrorCode::kInvalidArgument,
                      "show: a run is more than one table: use --format json, or 'daybook query'"),
                ExitCode::kUsage);
        }
        const bool as_json = context.format == Format::kJson || context.format == Format::kNdjson;
        options_.trials_max = trials_.value_or(as_json ? 0 : options_.trials_max);
        return ask_about_runs(context, {&run_, 1}, fresh_, [&](const RunQuestion& question) {
            return print(question, as_json, context);
        });
    }

private:
    Result<ExitCode> print(const RunQuestion& question, bool as_json, Context& context) const {
        const std::string& run_id = question.run_ids.front();
        if (as_json) {
            ASSIGN_OR_RETURN(const std::string document,
                             run_document(question.session, run_id, options_));
            context.out.print("{}\n", document);
        } else {
            RETURN_IF_ERROR(print_run(question.session, run_id, options_, context));
        }
        return ExitCode::kOk;
    }

    std::string run_;
    RunReportOptions options_;
    query::FreshOptions fresh_;
    std::optional<std::size_t> trials_;
};

}  // namespace

extern constinit const CommandInfo kShowCommand = {
    .name = "show",
    .summary = "Shows a run: status, configuration, phases, trials, artifacts",
    .details =
        "The answer includes every event that the log has.  @latest is the newest run, @-2 the "
        "one\n"
        "before it.  Whether a run that is recorded as running is alive is found out by looking "
        "at\n"
        "its process; one whose process has died is shown as interrupted, with the evidence.",
    .examples =
        "daybook show @latest\n"
        "daybook show @latest --metric mean_return_bps --trials 3\n"
        "daybook show policy-20 --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<ShowCommand>,
};

}  // namespace daybook::cli
