// daybook reproduce: the commands that make a run again.

#include <fcntl.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/captured_state.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/reproduction.h"
#include "cli/run_question.h"
#include "ledger/file_hash.h"
#include "os/file.h"
#include "os/process.h"
#include "os/read_program.h"

namespace daybook::cli {
namespace {

constexpr std::int64_t kGitMsMax = 10'000;

// Whether the repository that the run was started in is here and still has its commit, and in it
// the object that `suffix` names.
bool has_object(const CapturedState& state, const std::string& suffix) {
    if (state.root.empty() || !is_commit_hash(state.commit)) return false;
    std::vector<std::string> environment = {"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0"};
    for (const auto& [name, value] : os::environment_variables()) {
        if (name == "PATH" || name == "HOME") environment.push_back(name + "=" + value);
    }
    const auto answer =
        os::read_program({.argv = {"git", "cat-file", "-e", state.commit + suffix},
                          .environment = std::move(environment),
                          .directory = state.root,
                          .bytes_max = 1024,
                          .deadline_ns = system_clock().monotonic_ns() + kGitMsMax * 1'000'000});
    return answer && answer->end == os::ProgramAnswer::End::kExited && answer->exit_code == 0;
}

std::string diff_sha256(const std::string& ledger_dir, const CapturedState& state) {
    if (state.diff_path.empty()) return "";
    const std::string path = os::join_path(ledger_dir, state.diff_path);
    const auto fd = os::open_fd(path, O_RDONLY);
    if (!fd) return "";
    const auto hash = ledger::hash_file(fd->get(), path);
    return hash ? hash->sha256 : "";
}

class ReproduceCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_run(app, "RUN", run_)->required();
        add_choice(app, "--format", format_, "shell|json", "A script, or its parts (shell)");
        app.add_flag("--partial", partial_, "Print what can be restored, whatever is missing");
        add_snapshot_only(app, fresh_);
    }

    Result<ExitCode> run(Context& context) override {
        return ask_about_runs(context, {&run_, 1}, fresh_, [&](const RunQuestion& question) {
            return print(question, context);
        });
    }

private:
    Result<ExitCode> print(const RunQuestion& question, Context& context) const {
        const std::string& run_id = question.run_ids.front();
        ASSIGN_OR_RETURN(const RunOrigin origin, read_run_origin(question.session, run_id));
        const std::string root = os::canonical_path(question.directory);
        const ReproductionPlace place{.ledger_dir = root,
                                      .has_commit = has_object(origin.state, "^{commit}"),
                                      .has_submodules = has_object(origin.state, ":.gitmodules"),
                                      .diff_sha256 = diff_sha256(root, origin.state)};
        const std::vector<std::string> missing = obstacles(origin, place);
        if (!missing.empty() && !partial_) {
            return fail(ErrorCode::kInvalidArgument,
                        "reproduce {}: it cannot be made again as it was (--partial prints what "
                        "can be):\n  {}",
                        run_id, fmt::join(missing, "\n  "));
        }
        Reproduction plan = plan_reproduction(origin, place);
        plan.notes.insert(plan.notes.begin(), missing.begin(), missing.end());
        context.out.write(format_ == "json" ? document_of(origin, plan) + "\n"
                                            : script_of(origin, plan));
        return ExitCode::kOk;
    }

    std::string run_;
    std::string format_ = "shell";
    bool partial_ = false;
    query::FreshOptions fresh_;
};

}  // namespace

extern constinit const CommandInfo kReproduceCommand = {
    .name = "reproduce",
    .summary = "Prints the commands that make a run again: code, configuration, variables",
    .details =
        "Run them in an empty directory: they write config.json, clone the code into code/, check\n"
        "out the run's commit, apply what differed from it, set the variables, and start the\n"
        "run's own command.  What they cannot restore stands at the top.  Exit code 1: something\n"
        "that the code depends on was not recorded, or is gone.",
    .examples =
        "daybook reproduce @latest\n"
        "mkdir again && cd again && daybook reproduce policy-20 > make.sh && sh make.sh\n"
        "daybook reproduce @latest --format json",
    .common_flags = kLedgerFlag,
    .make = make_command<ReproduceCommand>,
};

}  // namespace daybook::cli
