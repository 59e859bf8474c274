// `daybook index --check`: runs the check and tells what it found.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "index/check.h"

namespace daybook::cli {

struct Context;

// Checks the index of the ledger in `directory`; shows how far it is on a terminal.
Result<ExitCode> check_index(const std::string& directory, index::CheckOptions options,
                             Context& context);

// Prints what was compared: a sentence a comparison, or a row in the formats for programs.
void print_check(const index::CheckReport& report, Context& context);

}  // namespace daybook::cli
