// daybook legacy: what is about old DuckDB files.  Each command of the group has its own file,
// command_legacy_<name>.cc.

#include "cli/context.h"

namespace daybook::cli {

extern constinit const CommandInfo kLegacyCommand = {
    .name = "legacy",
    .summary = "Old DuckDB files: what is in them, and moving it in",
    .details = "",
    .examples = "daybook legacy mapping",
};

}  // namespace daybook::cli
