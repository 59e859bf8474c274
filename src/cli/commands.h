// All commands of the program.
#pragma once

#include <span>

#include "cli/command.h"

namespace daybook::cli {

// In the order in which help lists them; a group comes before its members.
std::span<const CommandInfo* const> all_commands();

// The program itself, as the root of the tree.
const CommandInfo& program_info();

}  // namespace daybook::cli
