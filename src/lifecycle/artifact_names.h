// Which files the events of runs name.
#pragma once

#include <functional>
#include <string_view>

#include "json/document.h"
#include "log/line.h"

namespace daybook::lifecycle {

// Finds the paths in events.  One a thread.
class ArtifactNames {
public:
    // Calls `found` with each path that the event of `type` in `line` names as a file of its run:
    // artifacts, the diff that a run started from, and what its end lists.  They may be absolute,
    // and may be anything.
    void each(std::string_view type, const log::Line& line,
              const std::function<void(std::string_view path)>& found);

private:
    json::Parser parser_;
};

}  // namespace daybook::lifecycle
