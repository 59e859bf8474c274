#include "capture/code_state.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "capture/git_status.h"
#include "capture/secrets.h"
#include "capture/variables.h"
#include "os/file.h"
#include "os/process.h"
#include "os/read_program.h"

namespace daybook::capture {
namespace {

constexpr std::size_t kLineBytesMax = std::size_t{16} << 10;
constexpr std::size_t kListBytesMax = std::size_t{16} << 20;

// What git is given of the environment.  The rest may make it trace, page, or run programs.
constexpr std::array<std::string_view, 12> kGitVariables = {"PATH",
                                                            "HOME",
                                                            "XDG_CONFIG_HOME",
                                                            "GIT_DIR",
                                                            "GIT_WORK_TREE",
                                                            "GIT_COMMON_DIR",
                                                            "GIT_OBJECT_DIRECTORY",
                                                            "GIT_CEILING_DIRECTORIES",
                                                            "GIT_DISCOVERY_ACROSS_FILESYSTEM",
                                                            "GIT_CONFIG_GLOBAL",
                                                            "GIT_CONFIG_SYSTEM",
                                                            "GIT_CONFIG_NOSYSTEM"};

constexpr const char* kGivenUp = "the program ended before git had answered";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The directory or one above it has a `.git`.
bool is_in_repository(const CodeQuestion& question) {
    if (!variable_of(question.environment, "GIT_DIR").empty()) return true;
    if (question.directory.empty()) return false;
    for (std::string at = question.directory;; at = os::parent_path(at)) {
        if (os::exists(os::join_path(at, ".git")).value_or(false)) return true;
        if (at == "/" || at == "." || at.empty()) return false;
    }
}

class Gathering {
public:
    Gathering(const CodeQuestion& question, const Clock& clock)
        : question_(question), clock_(clock) {
        for (const std::string_view name : kGitVariables) {
            const std::string_view value = variable_of(question.environment, name);
            if (!value.empty()) environment_.push_back(fmt::format("{}={}", name, value));
        }
        for (const auto& [name, value] : question.environment) {
            // Configuration that a container or a test gives, such as safe.directory.
            if (name.starts_with("GIT_CONFIG_COUNT") || name.starts_with("GIT_CONFIG_KEY_") ||
                name.starts_with("GIT_CONFIG_VALUE_")) {
                environment_.push_back(name + "=" + value);
            }
        }
        for (const char* fixed : {"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0"}) {
            environment_.emplace_back(fixed);
        }
    }

    CodeState run() {
        state_.in_repository = is_in_repository(question_);
        if (!state_.in_repository) return std::move(state_);
        if (!find_root()) {
            for (const char* field : {"git_commit", "git_branch", "git_dirty", "git_diff"}) {
                state_.incomplete.emplace_back(field);
            }
            return std::move(state_);
        }
        find_commit();
        find_diff();
        find_remote();
        find_untracked();
        return std::move(state_);
    }

private:
    // What git answers; nullopt, and the reason noted, if it does not.
    std::optional<std::string> ask(std::vector<std::string> words, std::size_t bytes_max,
                                   std::string_view what,
                                   const std::vector<std::string>& paths = {}) {
        if (is_given_up()) return missing(what, kGivenUp);
        std::vector<std::string> argv = {"git", "--no-pager",
                                         "-c",  "core.fsmonitor=false",
                                         "-c",  "core.hooksPath=/dev/null",
                                         "-c",  "diff.orderFile=/dev/null"};
        argv.insert(argv.end(), std::make_move_iterator(words.begin()),
                    std::make_move_iterator(words.end()));
        argv.insert(argv.end(), paths.begin(), paths.end());
        const auto answer =
            os::read_program({.argv = std::move(argv),
                              .environment = environment_,
                              .directory = state_.root.empty() ? question_.directory : state_.root,
                              .bytes_max = bytes_max,
                              .deadline_ns = question_.deadline_ns,
                              .given_up = question_.given_up},
                             clock_);
        if (!answer) return missing(what, answer.error().message());
        using End = os::ProgramAnswer::End;
        if (answer->end == End::kLate) {
            return missing(what, is_given_up() ? kGivenUp : "git took longer than was allowed");
        }
        if (answer->end == End::kTooLong) {
            return missing(what, fmt::format("more than {} bytes", bytes_max));
        }
        if (answer->exit_code == 127) return missing(what, "git is not installed");
        if (answer->exit_code != 0) {
            const std::string line = first_line(answer->err);
            return missing(
                what, line.empty() ? fmt::format("git ended with {}", answer->exit_code) : line);
        }
        return answer->out;
    }

    bool is_given_up() const { return question_.given_up != nullptr && question_.given_up->load(); }

    std::nullopt_t missing(std::string_view what, std::string_view why) {
        if (!state_.reason.empty()) state_.reason += "; ";
        state_.reason += fmt::format("{}: {}", what, as_utf8(mask_text(why)));
        return std::nullopt;
    }

    bool find_root() {
        auto root = ask({"rev-parse", "--show-toplevel"}, kLineBytesMax, "repository");
        if (!root) return false;
        if (root->ends_with('\n')) root->pop_back();
        if (root->empty()) {
            missing("repository", "it has no working tree here");
            return false;
        }
        state_.root = std::move(*root);
        leave_out_ledger();
        return true;
    }

    // A ledger that lies in the repository grows with every run: it would make each one's code
    // another.
    void leave_out_ledger() {
        if (question_.ledger_dir.empty()) return;
        const std::string ledger = os::canonical_path(question_.ledger_dir);
        if (!ledger.starts_with(state_.root + "/")) return;
        code_paths_ = {"--", ".", ":(exclude,literal)" + ledger.substr(state_.root.size() + 1)};
    }

    void find_commit() {
        const auto text = ask({"status", "--porcelain=v2", "--branch", "-z", "--no-renames",
                               "--untracked-files=no", "--ignore-submodules=none"},
                              kListBytesMax, "commit", code_paths_);
        if (!text) {
            state_.incomplete = {"git_commit", "git_branch", "git_dirty"};
            return;
        }
        GitStatus status = parse_git_status(*text);
        state_.commit = std::move(status.commit);
        state_.branch = as_utf8(status.branch);
        state_.dirty = status.changes > 0;
        for (const std::string& path : status.submodules) {
            state_.submodules.push_back(as_utf8(path));
        }
        has_conflicts_ = status.has_conflicts;
        if (state_.commit.empty()) {
            state_.incomplete.emplace_back("git_commit");
            missing("commit", "the repository has none yet");
        }
    }

    void find_remote() {
        const std::optional<std::string> name = remote_name();
        if (name && name->empty()) return;
        std::optional<std::string> url;
        if (name) url = ask({"ls-remote", "--get-url", *name}, kLineBytesMax, "remote");
        if (!url) {
            state_.incomplete.emplace_back("git_remote");
            return;
        }
        state_.remote = as_utf8(mask_text(first_line(*url)));
    }

    // The branch's own, else origin, else the first; empty: there is none.
    std::optional<std::string> remote_name() {
        auto names = ask({"remote"}, kLineBytesMax, "remote");
        if (!names || names->empty()) return names;
        if (!state_.branch.empty()) {
            const std::string key = fmt::format("branch.{}.remote", state_.branch);
            const auto own =
                ask({"config", "--get", "--default", "", key}, kLineBytesMax, "remote");
            if (!own) return std::nullopt;
            if (!first_line(*own).empty()) return first_line(*own);
        }
        const bool has_origin = ("\n" + *names).find("\norigin\n") != std::string::npos;
        return has_origin ? "origin" : first_line(*names);
    }

    void find_diff() {
        // What does not differ needs no asking.
        if (!state_.commit.empty() && state_.dirty && !*state_.dirty) return;
        // Without a commit there is nothing to differ from: the code is not known.
        std::optional<std::string> text;
        if (!state_.commit.empty()) text = wanted_diff();
        if (!text) {
            state_.incomplete.emplace_back("git_diff");
            return;
        }
        state_.diff = *std::move(text);
    }

    std::optional<std::string> wanted_diff() {
        if (!question_.diff) return missing("diff", "left out by DAYBOOK_CAPTURE=no-diff");
        if (has_conflicts_) return missing("diff", "a merge has conflicts");
        // In one form, whatever the user's configuration makes of `git diff`; submodules have a
        // field of their own, since no diff can restore them.
        return ask({"-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false", "diff", "HEAD",
                    "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv",
                    "--no-renames", "--no-relative", "--ignore-submodules=all", "--unified=3",
                    "--src-prefix=a/", "--dst-prefix=b/", "-O/dev/null"},
                   kDiffBytesMax, "diff", code_paths_);
    }

    void find_untracked() {
        const auto text = ask({"ls-files", "--others", "--exclude-standard", "-z"}, kListBytesMax,
                              "untracked files", code_paths_);
        if (!text) {
            state_.incomplete.emplace_back("git_untracked");
            return;
        }
        for (std::size_t at = 0; at < text->size();) {
            const std::size_t end = std::min(text->find('\0', at), text->size());
            if (state_.untracked.size() < kUntrackedMax) {
                state_.untracked.push_back(as_utf8(std::string_view(*text).substr(at, end - at)));
            }
            ++state_.untracked_count;
            at = end + 1;
        }
    }

    const CodeQuestion& question_;
    const Clock& clock_;
    std::vector<std::string> environment_;
    std::vector<std::string> code_paths_;  // for git; empty: all
    bool has_conflicts_ = false;
    CodeState state_;
};

}  // namespace

CodeQuestion ask_about_code(const Settings& settings, std::int64_t limit_ms, const Clock& clock) {
    return {.directory = os::working_directory(),
            .environment = os::environment_variables(),
            .diff = settings.diff,
            .deadline_ns = clock.monotonic_ns() + limit_ms * 1'000'000};
}

CodeState gather_code_state(const CodeQuestion& question, const Clock& clock) {
    return Gathering(question, clock).run();
}

}  // namespace daybook::capture
