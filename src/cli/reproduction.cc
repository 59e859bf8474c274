#include "cli/reproduction.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "capture/secrets.h"
#include "cli/human.h"
#include "cli/repeated_command.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

// Without these the code is not the run's.
constexpr std::array<std::string_view, 3> kNeeded = {"git_commit", "git_dirty", "git_diff"};
// Variables that belong to the machine or to the job: another shell is not to be bent to them.
constexpr std::array<std::string_view, 14> kOfTheMachine = {
    "PATH",   "LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV", "CONDA_",    "PIXI_",  "POETRY_",
    "PYENV_", "SLURM_",          "RAY_",       "DAYBOOK_",    "JAVA_HOME", "R_HOME", "PYTHONHOME"};
constexpr std::size_t kNamesMax = 5;

bool is_of_the_machine(std::string_view name) {
    return std::any_of(kOfTheMachine.begin(), kOfTheMachine.end(), [&](std::string_view known) {
        return known.ends_with('_') ? name.starts_with(known) : name == known;
    });
}

// What a shell takes for one.
bool is_variable_name(std::string_view name) {
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
           });
}

bool has_mask(std::string_view text) { return text.find(capture::kMask) != std::string_view::npos; }

bool is_in(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::string first_names(const std::vector<std::string>& names, std::int64_t count) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kNamesMax); ++i) {
        text += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
    }
    const std::int64_t more = count - static_cast<std::int64_t>(std::min(names.size(), kNamesMax));
    return more > 0 ? fmt::format("{} and {} more", text, more) : text;
}

std::string listed(const std::map<std::string, std::string>& map) {
    std::string text;
    for (const auto& [name, value] : map) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
    }
    return text;
}

// Comments end with their line, whatever is recorded.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

// Where the code can be cloned from; empty: from nowhere.
std::string source_of(const CapturedState& state, const ReproductionPlace& place) {
    if (!is_commit_hash(state.commit)) return "";
    return place.has_commit ? state.root : state.remote;
}

// Of a clone from the run's own directory the remote is that directory: submodules that are named
// relative to the remote would be looked for beside it.
void add_remote(const CapturedState& state, const ReproductionPlace& place, Reproduction& plan) {
    if (!place.has_commit || state.remote.empty() || has_mask(state.remote)) return;
    const bool is_relative = state.remote.starts_with("./") || state.remote.starts_with("../");
    const std::string remote = is_relative ? os::join_path(state.root, state.remote) : state.remote;
    plan.commands.push_back(fmt::format("git remote set-url origin {}", shell_word(remote)));
}

void add_code(const RunOrigin& run, const ReproductionPlace& place, Reproduction& plan) {
    const CapturedState& state = run.state;
    const std::string source = source_of(state, place);
    if (source.empty()) return;
    plan.commands.push_back(
        fmt::format("git clone -q --no-checkout -- {} code", shell_word(source)));
    plan.commands.emplace_back("cd code");
    // Nothing of the environment: it is not exported.
    if (plan.names_clone) plan.commands.emplace_back("clone=$PWD");
    plan.commands.push_back(fmt::format("git checkout -q --detach {}", shell_word(state.commit)));
    add_remote(state, place, plan);
    plan.commands.emplace_back(
        "if [ -f .gitmodules ]; then git submodule -q update --init --recursive; fi");
    if (place.has_submodules) {
        plan.notes.emplace_back(
            "submodules, unless the places that .gitmodules names still have their commits");
    }
    if (!state.diff_sha256.empty() && place.diff_sha256 == state.diff_sha256) {
        const std::string diff = os::join_path(place.ledger_dir, state.diff_path);
        plan.commands.push_back(fmt::format("echo {} | sha256sum --check --quiet -",
                                            shell_word(state.diff_sha256 + "  " + diff)));
        plan.commands.push_back(
            fmt::format("git apply --index --whitespace=nowarn {}", shell_word(diff)));
    }
    if (!place.has_commit) {
        plan.notes.push_back(
            fmt::format("the commit is taken from {}: it must have been pushed", state.remote));
        if (has_mask(source)) {
            plan.notes.emplace_back("user and password of the remote are masked: put yours in");
        }
    } else if (state.remote.empty()) {
        plan.notes.push_back(fmt::format(
            "the repository has no remote: the commit is only in {} on this machine", state.root));
    }
}

void add_notes(const RunOrigin& run, Reproduction& plan) {
    const CapturedState& state = run.state;
    if (state.version_control == "none") {
        plan.notes.push_back(fmt::format("the code: {} belonged to no git repository", state.cwd));
    }
    if (state.untracked_count > 0) {
        plan.notes.push_back(fmt::format("files that git did not track: {}",
                                         first_names(state.untracked, state.untracked_count)));
    }
    if (!state.submodules.empty()) {
        plan.notes.push_back(
            fmt::format("submodules that were not as the commit has them: {}",
                        first_names(state.submodules, std::ssize(state.submodules))));
    }
    if (is_in(state.incomplete, "git_untracked")) {
        plan.notes.emplace_back("files that git did not track: they could not be listed");
    }
    if (plan.names_root && plan.is_cloned) {
        plan.notes.push_back(
            fmt::format("files in {} that git does not have: the command line or a variable names "
                        "that directory, and the clone is put in its place",
                        state.root));
    } else if (plan.names_root) {
        plan.notes.push_back(fmt::format(
            "{}: the command line names files there, and no clone can be put in its place",
            state.root));
    }
    if (plan.is_masked) {
        plan.notes.emplace_back("secrets in the command line: masked as ***, put yours in");
    }
    if (!run.data_fingerprint.empty()) {
        plan.notes.push_back(
            fmt::format("the data: their fingerprint was {}", run.data_fingerprint));
    }
}

bool is_exported(const std::string& name, const std::string& value) {
    const bool is_whole = !has_mask(value) && !value.ends_with("…");
    return is_whole && is_variable_name(name) && !is_of_the_machine(name);
}

// What the run had of its directory is taken from the clone: there, the code may have changed.
std::string word_of(const CapturedState& state, const Reproduction& plan, const std::string& text) {
    return plan.is_cloned ? shell_word_in_clone(text, state.root) : shell_word(text);
}

void add_variables(const CapturedState& state, Reproduction& plan) {
    for (const auto& [name, value] : state.variables) {
        const bool is_elsewhere = !plan.is_cloned && names_path(value, state.root);
        if (is_exported(name, value) && !is_elsewhere) {
            plan.exported.emplace_back(name, value);
            plan.commands.push_back(fmt::format("export {}={}", name, word_of(state, plan, value)));
        } else {
            plan.told.emplace_back(name, value);
        }
    }
}

// The working directory below the code's.
void add_directory(const CapturedState& state, Reproduction& plan) {
    if (!plan.is_cloned || !state.cwd.starts_with(state.root + "/")) return;
    plan.commands.push_back(
        fmt::format("cd ./{}", shell_word(state.cwd.substr(state.root.size() + 1))));
}

}  // namespace

bool is_commit_hash(std::string_view text) {
    return (text.size() == 40 || text.size() == 64) &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> obstacles(const RunOrigin& run, const ReproductionPlace& place) {
    const CapturedState& state = run.state;
    std::vector<std::string> found;
    const std::string reason =
        state.incomplete_reason.empty() ? "not recorded" : state.incomplete_reason;
    for (const std::string_view field : kNeeded) {
        if (is_in(state.incomplete, field)) found.push_back(fmt::format("{} ({})", field, reason));
    }
    if (!found.empty() || state.version_control == "none") return found;
    if (state.commit.empty()) {
        found.push_back(fmt::format(
            "git_commit: the state of the code was not recorded: {}",
            state.cwd.empty() ? "capturing was off" : "the process ended before it was gathered"));
        return found;
    }
    if (!is_commit_hash(state.commit)) {
        found.push_back(fmt::format("git_commit: found '{}', expected the hash of a commit",
                                    printable(state.commit)));
        return found;
    }
    if (!place.has_commit && state.remote.empty()) {
        found.push_back(
            fmt::format("git_remote: the repository had none, and {} does not have commit {} here",
                        state.root, state.commit));
    }
    if (!state.diff_sha256.empty() && place.diff_sha256 != state.diff_sha256) {
        found.push_back(fmt::format(
            "git_diff_sha256: {}: {}, expected SHA-256 {}",
            os::join_path(place.ledger_dir, state.diff_path),
            place.diff_sha256.empty() ? "it is not there" : "found SHA-256 " + place.diff_sha256,
            state.diff_sha256));
    }
    return found;
}

Reproduction plan_reproduction(const RunOrigin& run, const ReproductionPlace& place) {
    const CapturedState& state = run.state;
    Reproduction plan{.is_cloned = !source_of(state, place).empty()};
    // It lies beside the clone, in which the command is run.
    const std::string config_path = run.config_json.empty() ? ""
                                    : plan.is_cloned        ? state.root + "/../config.json"
                                                            : "config.json";
    for (const std::string& word : repeated_words(state.argv, config_path)) {
        plan.command_line +=
            fmt::format("{}{}", plan.command_line.empty() ? "" : " ", word_of(state, plan, word));
        plan.is_masked = plan.is_masked || has_mask(word);
        plan.names_clone = plan.names_clone || names_path(word, state.root);
    }
    for (const std::string& word : repeated_words(state.argv, "")) {
        plan.names_root = plan.names_root || names_path(word, state.root);
    }
    for (const auto& [name, value] : state.variables) {
        if (!plan.is_cloned || !is_exported(name, value)) continue;
        plan.names_root = plan.names_root || names_path(value, state.root);
    }
    plan.names_clone = plan.is_cloned && (plan.names_clone || plan.names_root);
    if (!run.config_json.empty()) {
        const auto config = nlohmann::ordered_json::parse(run.config_json, nullptr, false);
        plan.commands.push_back(
            fmt::format("printf '%s\\n' {} > config.json",
                        shell_word(config.is_discarded() ? run.config_json : config.dump(2))));
    }
    add_code(run, place, plan);
    add_variables(state, plan);
    add_directory(state, plan);
    add_notes(run, plan);
    plan.is_run = !plan.is_masked && (plan.is_cloned || !plan.names_root);
    if (!plan.command_line.empty() && plan.is_run) plan.commands.push_back(plan.command_line);
    return plan;
}

std::string script_of(const RunOrigin& run, const Reproduction& reproduction) {
    std::string script = fmt::format("# Run {}{}", one_line(run.run_id),
                                     run.name.empty() ? "" : ", " + one_line(run.name));
    if (run.created_at_ms) script += fmt::format(", {} UTC", human_time(*run.created_at_ms));
    if (!run.state.user.empty()) {
        script += one_line(fmt::format(", by {} on {}", run.state.user, run.state.host));
    }
    script += "\n";
    const auto comment = [&](const std::string& text) { script += "# " + one_line(text) + "\n"; };
    if (!reproduction.notes.empty()) comment("Not restored:");
    for (const std::string& note : reproduction.notes) comment("- " + note);
    if (run.seed) comment(fmt::format("Seed: {}", *run.seed));
    if (!run.state.versions.empty()) comment("Versions: " + listed(run.state.versions));
    if (!run.state.packages.empty()) comment("Packages: " + listed(run.state.packages));
    for (const auto& [name, value] : reproduction.told) comment("Was " + name + "=" + value);
    if (!reproduction.is_run && !reproduction.command_line.empty()) {
        comment("Command: " + reproduction.command_line);
    }
    script += "\n";
    for (std::size_t i = 0; i < reproduction.commands.size(); ++i) {
        script += reproduction.commands[i];
        script += i + 1 < reproduction.commands.size() ? " &&\n" : "\n";
    }
    return script;
}

std::string document_of(const RunOrigin& run, const Reproduction& reproduction) {
    using Json = nlohmann::ordered_json;
    const auto object = [](const auto& pairs) {
        Json fields = Json::object();
        for (const auto& [name, value] : pairs) fields[name] = value;
        return fields;
    };
    const CapturedState& state = run.state;
    const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
    Json config = Json::parse(run.config_json, nullptr, false);
    const Json document = {
        {"run_id", run.run_id},
        {"not_restored", reproduction.notes},
        {"git_commit", or_null(state.commit)},
        {"git_remote", or_null(state.remote)},
        {"git_diff_path", or_null(state.diff_path)},
        {"git_diff_sha256", or_null(state.diff_sha256)},
        {"cwd", or_null(state.cwd)},
        {"argv", state.argv},
        {"seed", run.seed ? Json(*run.seed) : Json()},
        {"versions", object(state.versions)},
        {"packages", object(state.packages)},
        {"exported", object(reproduction.exported)},
        {"not_exported", object(reproduction.told)},
        {"config", config.is_discarded() ? Json() : std::move(config)},
        {"commands", reproduction.commands},
    };
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace daybook::cli
