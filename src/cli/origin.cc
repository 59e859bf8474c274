#include "cli/origin.h"

#include "cli/flags.h"
#include "ledger/owner_fields.h"

namespace daybook::cli {

void add_no_capture(CLI::App& app, bool& no_capture) {
    app.add_flag("--no-capture", no_capture,
                 "Record nothing of code, command line and environment");
}

Result<Origin> Origin::make(const std::vector<std::string>& arguments, bool no_capture) {
    const capture::Environment environment = os::environment_variables();
    ASSIGN_OR_RETURN(capture::Settings settings, capture::read_settings(environment));
    if (no_capture) settings = {.enabled = false, .diff = false};
    Origin origin(settings);
    if (settings.enabled) {
        const std::vector<std::string_view> words(arguments.begin(), arguments.end());
        origin.here_ = std::make_unique<capture::ProcessState>(environment, words);
    }
    return origin;
}

event::Owner Origin::owner() const { return ledger::owner_fields(*process_); }

std::optional<event::Environment> Origin::environment() const {
    if (here_ == nullptr) return std::nullopt;
    return here_->environment();
}

}  // namespace daybook::cli
