// daybook legacy: what is about old DuckDB files.  Each command of the group has its own file,
// command_legacy_<name>.cc.

#include "cli/context.h"

namespace daybook::cli {

extern constinit const CommandInfo kLegacyCommand = {
    .name = "legacy",
    .summary = "Old DuckDB files: what is in them, and moving it in",
    .details =
        "An old file that is attached answers beside the log, each run once.  Its rows can be\n"
        "compared with what the log has, and imported; then it is detached, and may go.",
    .examples =
        "daybook legacy attach /data/optimizer.duckdb --cutover 2026-01-23\n"
        "daybook legacy status\n"
        "daybook legacy compare optimizer\n"
        "daybook legacy import optimizer\n"
        "daybook legacy detach optimizer",
};

}  // namespace daybook::cli
