// Which files the events of runs name.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "json/document.h"
#include "log/line.h"

namespace daybook::lifecycle {

// A file as an event names it.
struct NamedFile {
    std::string path{};  // absolute ones, too; it may be anything
    // Of its content; empty: the event does not say.
    std::string sha256{};
    bool operator==(const NamedFile&) const = default;
};

// Finds the paths in events.  One a thread.
class ArtifactNames {
public:
    // Calls `found` with each file that the event of `type` in `line` names as one of its run:
    // artifacts, the diff that a run started from, and what its end lists; and, wherever in the
    // line its path stands, each file whose name says its content (artifact_places.h).  So the
    // table that a configuration reads comes along, in whatever field, as it does for `gc`.
    void each(std::string_view type, const log::Line& line,
              const std::function<void(const NamedFile& file)>& found);

private:
    json::Parser parser_;
};

}  // namespace daybook::lifecycle
