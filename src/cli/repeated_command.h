// A recorded command line as one that can be typed again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace daybook::cli {

// The words to type: all of them, unless the command is one of ours.  Of those the flags are left
// out that would make it write where the run wrote (its id, its ledger, its parent, its files of
// ids and metrics), and `config_path` stands for a configuration's file, if it is given.
std::vector<std::string> repeated_words(const std::vector<std::string>& argv,
                                        const std::string& config_path);

// Whether `root` or a file below it is named by its whole path, alone or within the text.
bool names_path(std::string_view text, std::string_view root);

// One word of a shell that means `text`.
std::string shell_word(std::string_view text);
// The same, with `"$clone"` wherever `root` is named.
std::string shell_word_in_clone(std::string_view text, std::string_view root);

}  // namespace daybook::cli
