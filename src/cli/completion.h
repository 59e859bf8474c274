// Completion scripts for shells, made from the tree of commands and flags.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace daybook::cli {

// What a shell has to know of a command.
struct CompletionFlag {
    std::vector<std::string> names{};  // "--format", "-n"
    std::string description{};
    std::string value{};                 // "N", "FILE", "table|json"; empty: takes none
    std::vector<std::string> choices{};  // of the value, where they are known

    bool takes_directory() const { return value == "DIR"; }
    bool takes_file() const { return value.find("FILE") != std::string::npos; }
};
struct CompletionCommand {
    std::string path{};  // "schema list"; empty for the program itself
    std::string name{};
    std::string summary{};
    std::vector<CompletionFlag> flags{};
    std::vector<CompletionCommand> below{};
    // What its first positional may be, where that is known; a file otherwise if `takes_files`.
    std::vector<std::string> choices{};
    bool takes_files = false;
};

CompletionCommand completion_tree(const CLI::App& root);

std::string bash_completion(const CompletionCommand& root);
std::string zsh_completion(const CompletionCommand& root);
std::string fish_completion(const CompletionCommand& root);

}  // namespace daybook::cli
