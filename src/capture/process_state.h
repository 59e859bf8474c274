// What run.created says of the process that makes a run: at hand, and gathered in microseconds.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/settings.h"
#include "daybook/value.h"
#include "event/events.h"

namespace daybook::capture {

// Gathered when it is made; what it hands out borrows from it.
class ProcessState {
public:
    // `arguments` empty: the command line as the system knows it.
    explicit ProcessState(const Environment& environment,
                          std::span<const std::string_view> arguments = {});
    ProcessState(const ProcessState&) = delete;
    ProcessState& operator=(const ProcessState&) = delete;

    // Host, user, directory, arguments without secrets, variables, `versions` and those of this
    // library and its compiler.
    event::Environment environment(const Fields& versions = {}) const;

private:
    std::string host_;
    std::string user_;
    std::string directory_;
    std::vector<std::string> arguments_;
    std::vector<std::string_view> argument_views_;
    Environment variables_;
    std::vector<Field> variable_fields_;
};

}  // namespace daybook::capture
