#include "cli/program_words.h"

#include <algorithm>
#include <iterator>

namespace daybook::cli {

ProgramWords split_program_words(const std::vector<std::string>& words,
                                 const TakesValue& takes_value) {
    std::size_t begin = 0;  // of the program
    while (begin < words.size() && words[begin] != "--" && words[begin].starts_with('-')) {
        const std::string& flag = words[begin];
        const bool has_value = flag.find('=') != std::string::npos;
        begin += !has_value && takes_value(flag) ? std::size_t{2} : std::size_t{1};
    }
    begin = std::min(begin, words.size());
    const auto end_of_own = words.begin() + static_cast<std::ptrdiff_t>(begin);
    ProgramWords split{.own = {words.begin(), end_of_own}, .program = {end_of_own, words.end()}};
    if (!split.program.empty() && split.program.front() == "--") {
        split.program.erase(split.program.begin());
    }
    return split;
}

std::vector<std::string> with_empty_values(const std::vector<std::string>& words,
                                           const TakesValue& takes_value) {
    std::vector<std::string> spelt;
    for (auto word = words.begin(); word != words.end(); ++word) {
        if (*word == "--") {
            spelt.insert(spelt.end(), word, words.end());
            break;
        }
        const bool is_empty = word->starts_with("--") && word->find('=') + 1 == word->size();
        spelt.push_back(is_empty ? word->substr(0, word->size() - 1) : *word);
        if (is_empty) spelt.emplace_back();
        const bool has_value = word->starts_with('-') && takes_value(*word);
        if (has_value && std::next(word) != words.end()) spelt.push_back(*++word);
    }
    return spelt;
}

}  // namespace daybook::cli
