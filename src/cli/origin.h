// The process that makes a run, as run.created and run.started describe it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "capture/process_state.h"
#include "capture/settings.h"
#include "event/events.h"
#include "os/process.h"

namespace CLI {
class App;
}

namespace daybook::cli {

// --no-capture.
void add_no_capture(CLI::App& app, bool& no_capture);

// What it hands out borrows from it.
class Origin {
public:
    // kInvalidArgument: DAYBOOK_CAPTURE says what it cannot.
    static Result<Origin> make(const std::vector<std::string>& arguments, bool no_capture);

    event::Owner owner() const;
    // Unset: nothing is to be captured.
    std::optional<event::Environment> environment() const;
    const capture::Settings& settings() const { return settings_; }

private:
    explicit Origin(capture::Settings settings) : settings_(settings) {}

    capture::Settings settings_;
    std::unique_ptr<os::ProcessIdentity> process_ =
        std::make_unique<os::ProcessIdentity>(os::this_process());
    std::unique_ptr<capture::ProcessState> here_;
};

}  // namespace daybook::cli
