// `daybook query --explain-row TABLE KEY`: which events a row of the index came from.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "index/explain.h"

namespace daybook::cli {

struct Context;

// Reads the log of the ledger in `directory` and prints what made the row, and what did not; shows
// how far it is on a terminal.
Result<ExitCode> explain_row(const std::string& directory, const std::string& table,
                             const std::string& key, Context& context);

// Prints it: for people the notes stand below the rows.
void print_explanation(const index::Explanation& explanation, Context& context);

}  // namespace daybook::cli
