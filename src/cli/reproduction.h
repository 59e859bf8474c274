// The commands that make a run again: a pure function of what was recorded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/captured_state.h"

namespace daybook::cli {

// What is found where the commands will be run.
struct ReproductionPlace {
    std::string ledger_dir{};     // absolute
    bool has_commit = false;      // the run's own repository is here, and has the commit
    bool has_submodules = false;  // the commit does
    std::string diff_sha256{};    // of the diff's file; empty: there is none
};

// Why the run cannot be made again as it was, by field: "git_diff (more than …)".
std::vector<std::string> obstacles(const RunOrigin& run, const ReproductionPlace& place);

struct Reproduction {
    // What the commands do not restore, for people.
    std::vector<std::string> notes{};
    // One shell command each, in order; the last one is the run's own, if it can be run as it is.
    std::vector<std::string> commands{};
    // Set beside the environment, and only told: names and values.
    std::vector<std::pair<std::string, std::string>> exported{};
    std::vector<std::pair<std::string, std::string>> told{};
    std::string command_line{};  // quoted for a shell; empty: none was recorded
    bool is_masked = false;      // a secret is missing in it
    bool is_cloned = false;      // the commands clone the code
    bool names_root = false;     // it or a variable names the run's own directory of the code
    bool names_clone = false;    // the commands have `$clone` in them
    bool is_run = false;         // the commands end with it
};
Reproduction plan_reproduction(const RunOrigin& run, const ReproductionPlace& place);

// As a script for sh and bash, with comments; every command is only run if the one before it
// worked.
std::string script_of(const RunOrigin& run, const Reproduction& reproduction);
// As one JSON object.
std::string document_of(const RunOrigin& run, const Reproduction& reproduction);

// Whether `text` is the whole hash of a commit, SHA-1 or SHA-256.
bool is_commit_hash(std::string_view text);

}  // namespace daybook::cli
