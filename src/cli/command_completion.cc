// daybook completion: the script that makes a shell complete commands and flags.

#include "cli/completion.h"
#include "cli/context.h"
#include "cli/flags.h"

namespace daybook::cli {
namespace {

class CompletionCommandLine final : public Command {
public:
    void declare(CLI::App& app) override {
        add_choice(app, "SHELL", shell_, "bash|zsh|fish", "The shell to make it for")->required();
    }

    Result<ExitCode> run(Context& context) override {
        const CompletionCommand tree = completion_tree(*context.root);
        context.out.write(shell_ == "bash"  ? bash_completion(tree)
                          : shell_ == "zsh" ? zsh_completion(tree)
                                            : fish_completion(tree));
        return ExitCode::kOk;
    }

private:
    std::string shell_;
};

}  // namespace

extern constinit const CommandInfo kCompletionCommand = {
    .name = "completion",
    .summary = "Prints a completion script for bash, zsh or fish",
    .details = "",
    .examples =
        "# now, or in ~/.bashrc\n"
        "source <(daybook completion bash)\n"
        "# in ~/.config/fish/config.fish\n"
        "daybook completion fish | source",
    .make = make_command<CompletionCommandLine>,
};

}  // namespace daybook::cli
