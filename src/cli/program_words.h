// The words of a command line before they are parsed: which belong to another program, and what
// the parser would read otherwise than it is meant.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::cli {

// Whether a flag, "--name" or "-n", takes the next word as its value.
using TakesValue = std::function<bool(std::string_view flag)>;

// The words of a command that runs a program, as env(1) and nice(1) read them: flags of its own,
// then the program and everything that belongs to it, flags that look like ours included.
struct ProgramWords {
    std::vector<std::string> own{};
    std::vector<std::string> program{};
};

// The program begins behind the first "--", or at the first word that is neither a flag nor the
// value of one.
ProgramWords split_program_words(const std::vector<std::string>& words,
                                 const TakesValue& takes_value);

// "--name=", as a script writes it whose variable is empty, as the two words "--name" and "": the
// parser would take the next word for the value.
std::vector<std::string> with_empty_values(const std::vector<std::string>& words,
                                           const TakesValue& takes_value);

}  // namespace daybook::cli
