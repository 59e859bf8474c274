// Our own contender on the lowest level: `log::Writer`, which appends ready bytes.
#pragma once

#include <string>
#include <vector>

#include "crew.h"
#include "daybook/durability.h"
#include "workspace.h"

namespace daybook::bench {

// How long the lines are that the figures of appending are quoted for, newline included.
inline constexpr std::size_t kLineBytes = 300;

// Lines of kLineBytes, as a writer would make them, for the peers to write.
std::vector<std::string> ready_lines();

// Every process opens a writer on one log, which its threads share; each call appends one draft
// that becomes a line of kLineBytes.
OpenDesk log_append(const Workspace& workspace, Durability durability);

// Removes that log, and its dirty pages with it.
Status clear_log(const Workspace& workspace);

}  // namespace daybook::bench
