// The process that makes a run, as run.created and run.started describe it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/version.h"
#include "event/events.h"
#include "os/process.h"

namespace daybook::cli {

// What it hands out borrows from it.
class Origin {
public:
    explicit Origin(const std::vector<std::string>& arguments)
        : arguments_(arguments.begin(), arguments.end()) {}

    event::Owner owner() const {
        return {.host = process_.host,
                .machine_id = process_.machine_id,
                .boot_id = process_.boot_id,
                .pid_namespace = process_.pid_namespace,
                .pid = process_.pid,
                .pid_start = process_.pid_start};
    }
    event::Environment environment() const {
        return {.host = process_.host,
                .user = user_,
                .cwd = working_directory_,
                .argv = arguments_,
                .daybook_version = version(),
                .compiler = compiler()};
    }

private:
    os::ProcessIdentity process_ = os::this_process();
    std::string user_ = os::user_name();
    std::string working_directory_ = os::working_directory();
    std::vector<std::string_view> arguments_;
};

}  // namespace daybook::cli
