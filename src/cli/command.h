// What a command is to the program: a name, a help text, flags, and something to do.
//
// Each command lives in a file command_<name>.cc, which ends in its CommandInfo; commands.cc lists
// them all, and app.cc makes the tree of CLI11 from that list.  Help, completion and the
// suggestions for mistyped names come from that tree, so there is nothing else to keep in step.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace CLI {
class App;
}

namespace daybook::cli {

struct Context;

// What the process returns to its caller.
enum class ExitCode : int {
    kOk = 0,
    // What was asked for failed, or a check has findings.
    kFailed = 1,
    // A mistake in the command line, or what was to be looked at could not be.
    kUsage = 2,
    // Ctrl-C, as shells count it.
    kInterrupted = 130,
    // Standard output was closed by its reader (`| head`), as shells count SIGPIPE.
    kPipeClosed = 141,
};

class Command {
public:
    virtual ~Command() = default;

    // Declares flags and positionals in `app`, the subcommand made for it.
    virtual void declare(CLI::App& app) = 0;
    // The same where the flags depend on the rest of the command line, which has not been parsed.
    virtual void declare_for(CLI::App& app, const Context& /*context*/) { declare(app); }

    // Does it.  An error is reported on standard error by the caller and becomes kFailed, unless it
    // says that the user's Ctrl-C was the reason.
    virtual Result<ExitCode> run(Context& context) = 0;

    // For a command that programs call, and that answers a mistake in the command line the way it
    // answers all else; nullopt leaves the answer to the program.
    virtual std::optional<ExitCode> answer_mistake(std::string_view /*mistake*/,
                                                   Context& /*context*/) {
        return std::nullopt;
    }
};

// Flags that several commands share; declared by app.cc and kept in the Context.
enum CommonFlags : unsigned {
    kNoCommonFlags = 0,
    kLedgerFlag = 1,  // --ledger DIR
    kFormatFlag = 2,  // --format table|json|ndjson|csv|markdown
    kOutputFlag = 4,  // --output FILE, --force, and parquet as a format
    // --format table|json|ndjson, of commands whose answer is one document and no table of rows
    kDocumentFlag = 16,
    // Not a flag: behind its own flags comes another program, Context::program.
    kRunsProgram = 8,
};

struct CommandInfo {
    // "emit", or "schema list" for a command in a group.
    std::string_view name;
    // One line, without a full stop.
    std::string_view summary;
    // What the flags do not say; may be empty.
    std::string_view details;
    // One command line a line; a line that begins with '#' explains the next.
    std::string_view examples;
    unsigned common_flags = kNoCommonFlags;
    // Null for a group, which only holds others.
    std::unique_ptr<Command> (*make)() = nullptr;
};

template <typename T>
std::unique_ptr<Command> make_command() {
    return std::make_unique<T>();
}

}  // namespace daybook::cli
