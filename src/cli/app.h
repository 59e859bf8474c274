// The program: from a command line to an exit code.
#pragma once

namespace daybook::cli {

// Runs the command that `argv` names.  Never throws, never exits.
int run(int argc, const char* const* argv);

}  // namespace daybook::cli
