// What is known of attached files, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "ledger/ledger_dir.h"
#include "legacy/cache.h"
#include "legacy/cutover_check.h"
#include "legacy/sources.h"

namespace daybook::cli {

struct SourceReport {
    legacy::Source source;
    // How its copy stands to the file: "current", "changed", "held" (by its writer), "missing",
    // "unreadable"; "no mapping": its mapping cannot be read; without a copy that answers, whatever
    // the file is, "no copy".
    std::string state{};
    std::string detail{};  // who holds it, why it cannot be read, and the cure
    std::optional<legacy::CacheState> cached{};
    std::optional<legacy::CutoverReport> runs{};
};

// Reports what is wrong with a file that a command names.  Exit code 2 where there is no such file
// or nothing in it fits, as for other mistakes in a command line; else the error is a failure.
Result<ExitCode> refuse_file(const Error& error, const Context& context);

// When the runs of the ledger's own log were created.
Result<std::vector<legacy::RunTime>> run_times_of_log(const std::string& root);

// Looks at the file and at what is kept of it, and changes neither.
Result<SourceReport> report_source(const ledger::LedgerDir& dir, const legacy::Source& source,
                                   const std::vector<legacy::RunTime>& log);

// A row for each source; for people, below that, what is to be said of each.
void print_sources(const std::vector<SourceReport>& reports, Context& context);

}  // namespace daybook::cli
