#include "cli/run_question.h"

#include <utility>

#include "cli/flags.h"
#include "cli/index_session.h"
#include "query/runs.h"

namespace daybook::cli {

CLI::Option* add_run(CLI::App& app, const std::string& name, std::string& run) {
    return app.add_option(name, run, "An id, its unique beginning, a name, @latest, or @-2")
        ->type_name("RUN");
}

Result<ExitCode> ask_about_runs(Context& context, std::span<const std::string> wanted,
                                const query::FreshOptions& fresh,
                                const std::function<Result<ExitCode>(const RunQuestion&)>& ask) {
    const auto directory = context.existing_ledger();
    if (!directory) return context.report(directory.error(), ExitCode::kUsage);
    ASSIGN_OR_RETURN(query::Session session, open_index(*directory, fresh));
    const InterruptWatch watch(session);
    RunQuestion question{.session = session, .directory = *directory};
    for (const std::string& run : wanted) {
        auto run_id = query::resolve_run(session, run);
        if (!run_id) return context.report(run_id.error(), ExitCode::kUsage);
        question.run_ids.push_back(std::move(*run_id));
    }
    return ask(question);
}

}  // namespace daybook::cli
