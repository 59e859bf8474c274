#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/flags.h"
#include "cli/help.h"
#include "schema/registry.h"

namespace daybook::cli {
namespace {

std::vector<std::string> choices_in(const std::string& type_name) {
    // The types that every ledger has.
    if (type_name == "TYPE") {
        std::vector<std::string> names;
        for (const schema::TypeInfo& type : schema::Registry::builtin().list()) {
            names.push_back(type.name);
        }
        return names;
    }
    if (type_name.find('|') == std::string::npos) return {};
    const std::vector<std::string_view> names = split_choices(type_name);
    // "JSON|FILE" are kinds of values and no values.
    if (names.front().find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos)
        return {};
    return {names.begin(), names.end()};
}

CompletionCommand command_of(const CLI::App& app, std::string path) {
    CompletionCommand command{
        .path = std::move(path), .name = app.get_name(), .summary = app.get_description()};
    for (const CLI::Option* option : app.get_options({})) {
        if (option->get_group().empty()) continue;
        const std::string type =
            option->get_items_expected_max() > 0 ? option->get_type_name() : "";
        if (!option->nonpositional()) {
            if (command.choices.empty()) command.choices = choices_in(type);
            if (type.find("FILE") != std::string::npos) command.takes_files = true;
            continue;
        }
        CompletionFlag flag{
            .description = option->get_description(), .value = type, .choices = choices_in(type)};
        for (const std::string& name : option->get_snames()) flag.names.push_back("-" + name);
        for (const std::string& name : option->get_lnames()) flag.names.push_back("--" + name);
        command.flags.push_back(std::move(flag));
    }
    for (const CLI::App* below : commands_below(app)) {
        command.below.push_back(command_of(*below, command.path.empty()
                                                       ? below->get_name()
                                                       : command.path + ' ' + below->get_name()));
    }
    return command;
}

// All commands below `root`, and it itself, parents first.
void flatten(const CompletionCommand& root, std::vector<const CompletionCommand*>& out) {
    out.push_back(&root);
    for (const CompletionCommand& command : root.below) flatten(command, out);
}

std::vector<const CompletionCommand*> flattened(const CompletionCommand& root) {
    std::vector<const CompletionCommand*> all;
    flatten(root, all);
    return all;
}

std::vector<std::string> names_below(const CompletionCommand& command) {
    std::vector<std::string> names;
    for (const CompletionCommand& below : command.below) names.push_back(below.name);
    return names;
}

// `text` between single quotes, for any of the three shells.
std::string single_quoted(std::string_view text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

// The same inside a specification of zsh's _arguments, where brackets and colons mean something.
std::string zsh_escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string zsh_function(const CompletionCommand& command) {
    std::string name = "_daybook";
    for (const char c : command.path) {
        if (name == "_daybook") name += '_';
        name += c == ' ' || c == '-' ? '_' : c;
    }
    return name;
}

std::string zsh_values(const CompletionFlag& flag) {
    if (flag.value.empty()) return "";
    std::string action = " ";
    if (!flag.choices.empty()) {
        action = fmt::format("({})", fmt::join(flag.choices, " "));
    } else if (flag.takes_directory()) {
        action = "_files -/";
    } else if (flag.takes_file()) {
        action = "_files";
    }
    return fmt::format(":{}:{}", zsh_escaped(flag.choices.empty() ? flag.value : "value"), action);
}

std::string zsh_arguments(const CompletionCommand& command) {
    std::string result = "_arguments -s";
    for (const CompletionFlag& flag : command.flags) {
        for (const std::string& name : flag.names) {
            result += " \\\n        " +
                      single_quoted(fmt::format("{}[{}]{}", name, zsh_escaped(flag.description),
                                                zsh_values(flag)));
        }
    }
    if (!command.choices.empty()) {
        result += " \\\n        " +
                  single_quoted(fmt::format("1:value:({})", fmt::join(command.choices, " ")));
    } else if (command.takes_files) {
        result += " \\\n        '*:file:_files'";
    }
    return result;
}

// Fish's condition for "the command of this path has been typed, and none below it".
std::string fish_condition(const CompletionCommand& command) {
    if (command.path.empty()) return "__fish_use_subcommand";
    std::string condition;
    std::string_view rest = command.path;
    while (!rest.empty()) {
        const std::size_t blank = rest.find(' ');
        if (!condition.empty()) condition += "; and ";
        condition += fmt::format("__fish_seen_subcommand_from {}", rest.substr(0, blank));
        rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
    }
    if (!command.below.empty()) {
        condition += fmt::format("; and not __fish_seen_subcommand_from {}",
                                 fmt::join(names_below(command), " "));
    }
    return condition;
}

std::string fish_flag(const CompletionCommand& command, const CompletionFlag& flag) {
    std::string line =
        fmt::format("complete -c daybook -n {}", single_quoted(fish_condition(command)));
    for (const std::string& name : flag.names) {
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (!flag.choices.empty()) {
        line += " -x -a " + single_quoted(fmt::format("{}", fmt::join(flag.choices, " ")));
    } else if (flag.takes_directory()) {
        line += " -x -a '(__fish_complete_directories)'";
    } else if (flag.takes_file()) {
        line += " -r -F";
    } else if (!flag.value.empty()) {
        line += " -x";
    }
    return line + " -d " + single_quoted(flag.description) + '\n';
}

}  // namespace

CompletionCommand completion_tree(const CLI::App& root) { return command_of(root, ""); }

std::string bash_completion(const CompletionCommand& root) {
    std::string paths;
    std::string values;
    std::string words;
    for (const CompletionCommand* command : flattened(root)) {
        if (!command->path.empty()) {
            paths += fmt::format("{}{}", paths.empty() ? "" : "|", single_quoted(command->path));
        }
        std::vector<std::string> candidates = names_below(*command);
        candidates.insert(candidates.end(), command->choices.begin(), command->choices.end());
        for (const CompletionFlag& flag : command->flags) {
            candidates.insert(candidates.end(), flag.names.begin(), flag.names.end());
            if (flag.value.empty()) continue;
            std::string reply;
            if (!flag.choices.empty()) {
                reply = fmt::format("-W {}",
                                    single_quoted(fmt::format("{}", fmt::join(flag.choices, " "))));
            } else if (flag.takes_directory()) {
                reply = "-d";
            } else if (flag.takes_file()) {
                reply = "-f";
            }
            for (const std::string& name : flag.names) {
                values += fmt::format("        {})\n            {}return ;;\n",
                                      single_quoted(command->path + ' ' + name),
                                      reply.empty() ? ""
                                                    : "mapfile -t COMPREPLY < <(compgen " + reply +
                                                          " -- \"$current\"); ");
            }
        }
        words +=
            fmt::format("        {})\n            words={}{} ;;\n", single_quoted(command->path),
                        single_quoted(fmt::format("{}", fmt::join(candidates, " "))),
                        command->takes_files ? " files=-f" : "");
    }
    return fmt::format(R"(# Completion of daybook for bash.  To load it now, or in ~/.bashrc:
#     source <(daybook completion bash)
_daybook() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local command='' next words='' files='' i
    for ((i = 1; i < COMP_CWORD; i++)); do
        next="${{command:+$command }}${{COMP_WORDS[i]}}"
        case $next in
        {}) command=$next ;;
        esac
    done
    COMPREPLY=()
    case "$command $previous" in
{}    esac
    case $command in
{}    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" $files -- "$current")
}}
complete -o filenames -F _daybook daybook
)",
                       paths, values, words);
}

std::string zsh_completion(const CompletionCommand& root) {
    std::string script =
        "#compdef daybook\n"
        "# Completion of daybook for zsh.  To load it now, or in ~/.zshrc after compinit:\n"
        "#     source <(daybook completion zsh)\n";
    for (const CompletionCommand* command : flattened(root)) {
        script += fmt::format("\n{}() {{\n", zsh_function(*command));
        if (command->below.empty()) {
            script += fmt::format("    {}\n}}\n", zsh_arguments(*command));
            continue;
        }
        script += "    if (( CURRENT == 2 )); then\n        local -a commands=(\n";
        for (const CompletionCommand& below : command->below) {
            script += fmt::format("            {}\n",
                                  single_quoted(below.name + ":" + zsh_escaped(below.summary)));
        }
        script += "        )\n        _describe command commands\n";
        script += fmt::format("        {}\n        return\n    fi\n", zsh_arguments(*command));
        script += "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n";
        script += "    case $command in\n";
        for (const CompletionCommand& below : command->below) {
            script += fmt::format("        {}) {} ;;\n", below.name, zsh_function(below));
        }
        script += "    esac\n}\n";
    }
    return script + "\ncompdef _daybook daybook\n";
}

std::string fish_completion(const CompletionCommand& root) {
    std::string script =
        "# Completion of daybook for fish.  To load it now, or in ~/.config/fish/config.fish:\n"
        "#     daybook completion fish | source\n"
        "complete -c daybook -f\n";
    for (const CompletionCommand* command : flattened(root)) {
        for (const CompletionCommand& below : command->below) {
            script += fmt::format("complete -c daybook -n {} -a {} -d {}\n",
                                  single_quoted(fish_condition(*command)), below.name,
                                  single_quoted(below.summary));
        }
        if (!command->choices.empty()) {
            script += fmt::format(
                "complete -c daybook -n {} -a {}\n", single_quoted(fish_condition(*command)),
                single_quoted(fmt::format("{}", fmt::join(command->choices, " "))));
        } else if (command->takes_files) {
            script += fmt::format("complete -c daybook -n {} -F\n",
                                  single_quoted(fish_condition(*command)));
        }
        for (const CompletionFlag& flag : command->flags) script += fish_flag(*command, flag);
    }
    return script;
}

}  // namespace daybook::cli
