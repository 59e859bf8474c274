#include "cli/app.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "cli/program_words.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/interrupt.h"
#include "os/process.h"
#include "os/stream.h"

namespace daybook::cli {
namespace {

Style style_of(int fd) {
    Style style{.terminal = os::is_terminal(fd)};
    style.columns = style.terminal ? os::terminal_columns(fd) : 0;
    // https://no-color.org: any value but the empty one.
    style.colour = style.terminal && os::environment_variable("NO_COLOR").empty() &&
                   os::environment_variable("TERM") != "dumb";
    return style;
}

// A command line that was understood, or the message that says why not.
struct Parsed {
    const CLI::App* app = nullptr;  // the innermost command that was named
    // Null: only help was asked for, or a group was named.
    Command* command = nullptr;
    bool help = false;
    std::string mistake;  // empty: none
};

class Program {
public:
    Program(std::vector<std::string> arguments, Context& context)
        : arguments_(std::move(arguments)), context_(context) {
        // `daybook help runs` is what some type for `daybook runs --help`.
        if (!arguments_.empty() && arguments_.front() == "help") {
            arguments_.erase(arguments_.begin());
            arguments_.emplace_back("--help");
        }
        root_.name("daybook");
        context_.root = &root_;
        set_help(root_, program_info());
        root_.allow_extras()->require_subcommand(0, 1);
        root_.add_flag("--version", version_, "Show the version");
        add_ledger_flag(root_);
        for (const CommandInfo* info : all_commands()) add(*info);
        set_program_words_apart();
        spell_out_empty_values();
    }

    Parsed parse();

private:
    void add(const CommandInfo& info);
    void set_program_words_apart();
    void spell_out_empty_values();
    void add_ledger_flag(CLI::App& app);
    void add_output_flags(CLI::App& app);
    bool mentioned(std::string_view word) const {
        return std::find(arguments_.begin(), arguments_.end(), word) != arguments_.end();
    }
    const CLI::App* innermost() const;
    std::string unexpected(const CLI::App& app) const;

    std::vector<std::string> arguments_;
    Context& context_;
    CLI::App root_;
    std::map<const CLI::App*, std::unique_ptr<Command>> commands_;
    std::string format_ = "table";
    bool version_ = false;
};

void Program::add_ledger_flag(CLI::App& app) {
    app.add_option("--ledger", context_.ledger.flag, "The ledger's directory")
        ->type_name("DIR")
        ->check(CLI::Validator(refuse_if_empty, ""));
}

void Program::add_output_flags(CLI::App& app) {
    app.add_option("-o,--output", context_.output.path,
                   "Write the rows to a file, which appears when it is whole")
        ->type_name("FILE")
        ->check(CLI::Validator(refuse_if_empty, ""));
    app.add_flag("--force", context_.output.force, "Replace the file if there is one");
}

void Program::add(const CommandInfo& info) {
    const std::size_t blank = info.name.find(' ');
    const std::string first(info.name.substr(0, blank));
    CLI::App* parent = blank == std::string_view::npos ? &root_ : root_.get_subcommand(first);
    CLI::App* app = parent->add_subcommand(std::string(info.name.substr(blank + 1)));
    set_help(*app, info);
    app->allow_extras();
    if (info.make == nullptr) {
        app->require_subcommand(0, 1);
        return;
    }
    std::unique_ptr<Command> command = info.make();
    // Declaring a flag costs microseconds, and `daybook emit` has few of them to spare: only what
    // can have been named is declared.  Completion is made from the whole tree.
    if (mentioned(first) || mentioned("completion")) {
        command->declare_for(*app, context_);
        if ((info.common_flags & kFormatFlag) != 0) {
            const bool to_file = (info.common_flags & kOutputFlag) != 0;
            add_choice(*app, "--format", format_, to_file ? kFileFormatNames : kFormatNames,
                       "How to print rows");
        }
        if ((info.common_flags & kDocumentFlag) != 0) {
            add_choice(*app, "--format", format_, kDocumentFormatNames, "How to print the answer");
        }
        if ((info.common_flags & kOutputFlag) != 0) add_output_flags(*app);
        if ((info.common_flags & kLedgerFlag) != 0) add_ledger_flag(*app);
    }
    commands_[app] = std::move(command);
}

TakesValue values_of(const CLI::App& app) {
    return [&app](std::string_view flag) {
        const CLI::Option* const option = app.get_option_no_throw(std::string(flag));
        return option != nullptr && option->get_items_expected_max() > 0;
    };
}

// The words of a program that is to be run are not ours to parse.
void Program::set_program_words_apart() {
    // "--ledger DIR" may stand before the command's name.
    const ProgramWords outer = split_program_words(arguments_, values_of(root_));
    if (outer.program.empty()) return;
    const std::string& name = outer.program.front();
    for (const CommandInfo* info : all_commands()) {
        if (info->name != name || (info->common_flags & kRunsProgram) == 0) continue;
        const std::vector<std::string> rest(outer.program.begin() + 1, outer.program.end());
        ProgramWords inner = split_program_words(rest, values_of(*root_.get_subcommand(name)));
        arguments_ = outer.own;
        arguments_.push_back(name);
        arguments_.insert(arguments_.end(), inner.own.begin(), inner.own.end());
        context_.program = std::move(inner.program);
        return;
    }
}

void Program::spell_out_empty_values() {
    const CLI::App* named = &root_;
    for (const std::string& word : arguments_) {
        for (const CLI::App* below : named->get_subcommands({})) {
            if (below->get_name() == word) {
                named = below;
                break;
            }
        }
    }
    arguments_ = with_empty_values(arguments_, [named](std::string_view flag) {
        for (const CLI::App* app = named; app != nullptr; app = app->get_parent()) {
            if (values_of(*app)(flag)) return true;
        }
        return false;
    });
}

const CLI::App* Program::innermost() const {
    const CLI::App* app = &root_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return app;
}

// What is wrong with the first word that no flag and no positional took.
std::string Program::unexpected(const CLI::App& app) const {
    const std::vector<std::string> left = app.remaining();
    if (left.empty()) return "";
    // "--" ends the flags; whatever else is left over counts.
    const auto word =
        std::find_if(left.begin(), left.end(), [](const auto& w) { return w != "--"; });
    if (word == left.end()) return "";

    std::vector<std::string> names;
    const bool flag = word->starts_with('-') && word->size() > 1;
    const std::vector<const CLI::App*> below = commands_below(app);
    if (flag) {
        for (const CLI::Option* option : app.get_options({})) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
    } else {
        for (const CLI::App* command : below) names.push_back(command->get_name());
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const std::string named = word->substr(0, flag ? word->find('=') : std::string::npos);
    std::string_view nearest = nearest_name(named, views);
    // "--led" is no slip of the finger but a beginning.
    const auto longer = std::find_if(
        views.begin(), views.end(), [&](std::string_view name) { return name.starts_with(named); });
    if (nearest.empty() && longer != views.end()) nearest = *longer;
    const char* what = flag            ? "unknown flag"
                       : below.empty() ? "unexpected argument"
                                       : "unknown command";
    // The message begins with the program's name anyway.
    const std::string where = app.get_parent() == nullptr ? "" : full_name(app) + ": ";
    return fmt::format("{}{} '{}'{}", where, what, printable(named),
                       nearest.empty() ? "" : fmt::format(": did you mean '{}'?", nearest));
}

Parsed Program::parse() {
    Parsed parsed;
    std::string complaint;
    try {
        std::vector<std::string> reversed(arguments_.rbegin(), arguments_.rend());
        root_.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        parsed.help = true;
    } catch (const CLI::ParseError& error) {
        complaint = error.what();
        // "--limit: At Most 1 required but received 2"
        const std::size_t twice = complaint.find(": At Most 1 required");
        if (twice != std::string::npos) {
            complaint = complaint.substr(0, twice) + ": it may be given only once";
        }
    }
    parsed.app = innermost();
    if (const auto named = commands_.find(parsed.app); named != commands_.end()) {
        parsed.command = named->second.get();
    }
    // A mistyped flag is often the reason for the rest of what is wrong, so it is told first.
    for (const CLI::App* app = parsed.app; app != nullptr && !parsed.help;
         app = app->get_parent()) {
        parsed.mistake = unexpected(*app);
        if (parsed.mistake.empty()) continue;
        parsed.app = app;
        return parsed;
    }
    if (!complaint.empty())
        parsed.mistake = fmt::format("{}: {}", full_name(*parsed.app), complaint);
    if (parsed.help) parsed.command = nullptr;
    if (!parsed.mistake.empty() || parsed.help) return parsed;

    if (version_) parsed.app = root_.get_subcommand("version");
    const auto command = commands_.find(parsed.app);
    if (command != commands_.end()) {
        parsed.command = command->second.get();
    } else if (parsed.app != &root_) {
        std::vector<std::string> names;
        for (const CLI::App* below : parsed.app->get_subcommands({})) {
            names.push_back(below->get_name());
        }
        parsed.mistake = fmt::format("{}: a command is missing: {}", full_name(*parsed.app),
                                     fmt::join(names, ", "));
    }
    context_.format = parse_format(format_).value_or(Format::kTable);
    return parsed;
}

ExitCode run_command(const Parsed& parsed, Context& context) {
    if (!parsed.mistake.empty() && parsed.command != nullptr) {
        if (const auto code = parsed.command->answer_mistake(parsed.mistake, context)) return *code;
    }
    if (!parsed.mistake.empty()) {
        report_error(context.error_style, parsed.mistake);
        write_standard_error(fmt::format("Try '{} --help'.\n", full_name(*parsed.app)));
        return ExitCode::kUsage;
    }
    if (parsed.command == nullptr) {
        context.out.write(parsed.app->help());
        return ExitCode::kOk;
    }
    const Result<ExitCode> result = parsed.command->run(context);
    if (result) return *result;
    if (result.error().code() == ErrorCode::kCancelled || os::interrupted()) {
        report_error(context.error_style, result.error().message());
        return ExitCode::kInterrupted;
    }
    return context.report(result.error(), ExitCode::kFailed);
}

}  // namespace

int run(int argc, const char* const* argv) {
    os::occupy_standard_streams();
    os::catch_interrupts();
    Context context;
    context.arguments.assign(argv, argv + argc);
    context.style = style_of(1);
    context.error_style = style_of(2);
    context.ledger.environment = os::environment_variable("DAYBOOK_LEDGER");
    context.ledger.working_directory = os::working_directory();

    Program program(std::vector<std::string>(argv + std::min(argc, 1), argv + argc), context);
    ExitCode code = run_command(program.parse(), context);

    context.out.flush();
    if (context.out.pipe_closed()) {
        code = ExitCode::kPipeClosed;
    } else if (context.out.failed()) {
        std::string message = context.out.error()->message();
        if (!context.done.empty()) message += "; but " + context.done;
        report_error(context.error_style, message);
        code = ExitCode::kFailed;
    }
    return static_cast<int>(code);
}

}  // namespace daybook::cli
