#include "capture/process_state.h"

#include "base/version.h"
#include "capture/secrets.h"
#include "capture/variables.h"
#include "event/optional_fields.h"
#include "os/process.h"

namespace daybook::capture {

ProcessState::ProcessState(const Environment& environment,
                           std::span<const std::string_view> arguments)
    : host_(as_utf8(os::host_name())),
      user_(as_utf8(os::user_name())),
      directory_(as_utf8(os::working_directory())),
      variables_(captured_variables(environment)) {
    const std::vector<std::string> own =
        arguments.empty() ? os::command_line() : std::vector<std::string>();
    const std::vector<std::string_view> own_views(own.begin(), own.end());
    for (const std::string& word : mask_arguments(arguments.empty() ? own_views : arguments)) {
        arguments_.push_back(as_utf8(word));
    }
    argument_views_.assign(arguments_.begin(), arguments_.end());
    for (const auto& [name, value] : variables_) variable_fields_.push_back({name, value});
}

event::Environment ProcessState::environment(const Fields& versions) const {
    return {.host = host_,
            .user = user_,
            .cwd = directory_,
            .argv = argument_views_,
            .versions = event::unless_empty(versions),
            .variables = event::unless_empty(variable_fields_),
            .daybook_version = version(),
            .compiler = compiler()};
}

}  // namespace daybook::capture
