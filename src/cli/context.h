// What a command has at hand while it runs: its output, what it looks like, and where the ledger
// is.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/ledger_location.h"
#include "cli/output.h"
#include "cli/standard_output.h"

namespace daybook::cli {

// Where rows go that are not for standard output.
struct OutputFlags {
    std::string path{};  // empty: standard output
    bool force = false;  // replace what is there
};

struct Context {
    // The command line, the program itself first.
    std::vector<std::string> arguments{};
    // The words of the program that the command is to run, for kRunsProgram.
    std::vector<std::string> program{};
    StandardOutput out{};
    Style style{};        // of standard output
    Style error_style{};  // of standard error
    Format format = Format::kTable;
    OutputFlags output{};
    LedgerQuestion ledger{};
    // What was done although its answer may not arrive: "the event was recorded".
    std::string done{};
    // The whole tree, for completion.
    CLI::App* root = nullptr;

    // Where the ledger is, there or not: for commands that may make one.
    ledger::LedgerLocation ledger_location() const { return locate_ledger(ledger); }
    // Where the ledger is; kNotFound, with what to do, if there is none: for commands that only
    // look.
    Result<std::string> existing_ledger() const { return locate_existing_ledger(ledger); }

    std::unique_ptr<RowWriter> rows(std::vector<Column> columns) {
        return make_row_writer(format, std::move(columns), style, out);
    }

    // Reports `error` on standard error and returns `code`, or kInterrupted where somebody has
    // stopped it: for the commands whose exit code says that they could not look.
    ExitCode report(const Error& error, ExitCode code) const;
    // For commands that work on the whole log: one that is not there, is of another format or
    // cannot be read ends with kUsage, all else is a failure.
    Result<ExitCode> refuse_log(const Error& error) const;
};

// "daybook: error: …" on standard error.
void report_error(const Style& error_style, std::string_view message);
// "daybook: …" on standard error: something worth knowing that stops nothing.
void report_note(std::string_view message);

}  // namespace daybook::cli
