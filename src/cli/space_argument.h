// Spaces of policies as arguments: the name of one that comes with Daybook, or a file.
#pragma once

#include <string>
#include <vector>

#include "backtest/space.h"
#include "base/result.h"

namespace daybook::cli {

// Where the shipped spaces are, seen from the program's directory: ../share/daybook/spaces where it
// is installed, or further up in a build tree.
std::string shipped_spaces(const std::string& program_directory);

// The space that `value` means: with a slash or the ending .json a file, else the name of a shipped
// one.  An error names the file, or the names that there are.
Result<backtest::Space> read_space(const std::string& value, const std::string& directory);

}  // namespace daybook::cli
