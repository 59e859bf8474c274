#include "cli/repeated_command.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include "cli/program_words.h"

namespace daybook::cli {
namespace {

constexpr std::array<std::string_view, 5> kOfTheRun = {"--run-id", "--ledger", "--parent",
                                                       "--id-file", "--metrics-file"};
// Of `daybook run`.
constexpr std::array<std::string_view, 6> kWithoutValue = {"-q",           "--quiet", "--strict",
                                                           "--no-capture", "-h",      "--help"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_ours(const std::vector<std::string>& argv) {
    return !argv.empty() && (argv[0] == "daybook" || argv[0].ends_with("/daybook"));
}

bool is_run(const std::vector<std::string>& words) {
    const ProgramWords outer =
        split_program_words(words, [](std::string_view flag) { return flag == "--ledger"; });
    return !outer.program.empty() && outer.program.front() == "run";
}

// What is ours of a command of ours, and the program that `daybook run` runs.
ProgramWords split(std::vector<std::string> words) {
    if (!is_run(words)) return {.own = std::move(words)};
    const auto name = std::find(words.begin(), words.end(), "run");
    const std::vector<std::string> rest(name + 1, words.end());
    ProgramWords inner = split_program_words(
        rest, [](std::string_view flag) { return !is_in(kWithoutValue, flag); });
    inner.own.insert(inner.own.begin(), words.begin(), name + 1);
    return inner;
}

// What continues the name of a file.
bool is_path_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Where `root` is named from `from` on; npos: nowhere.
std::size_t find_path(std::string_view text, std::string_view root, std::size_t from) {
    if (root.size() < 2) return std::string_view::npos;
    for (std::size_t at = text.find(root, from); at != std::string_view::npos;
         at = text.find(root, at + 1)) {
        const std::size_t end = at + root.size();
        const bool begins = at == 0 || (!is_path_character(text[at - 1]) && text[at - 1] != '/');
        const bool ends = end == text.size() || !is_path_character(text[end]);
        if (begins && ends) return at;
    }
    return std::string_view::npos;
}

}  // namespace

std::vector<std::string> repeated_words(const std::vector<std::string>& argv,
                                        const std::string& config_path) {
    if (!is_ours(argv)) return argv;
    ProgramWords words = split({argv.begin() + 1, argv.end()});
    std::vector<std::string> kept = {argv[0]};
    for (std::size_t i = 0; i < words.own.size(); ++i) {
        const std::string& word = words.own[i];
        const std::string_view name = std::string_view(word).substr(0, word.find('='));
        const bool has_value = name.size() < word.size();
        if (is_in(kOfTheRun, name)) {
            if (!has_value) ++i;
        } else if (!config_path.empty() && word.starts_with("--config=@")) {
            kept.push_back("--config=@" + config_path);
        } else if (!config_path.empty() && i > 0 && words.own[i - 1] == "--config" &&
                   word.starts_with('@')) {
            kept.push_back("@" + config_path);
        } else {
            kept.push_back(word);
        }
    }
    if (words.program.empty()) return kept;
    kept.emplace_back("--");
    kept.insert(kept.end(), words.program.begin(), words.program.end());
    return kept;
}

bool names_path(std::string_view text, std::string_view root) {
    return find_path(text, root, 0) != std::string_view::npos;
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
    if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
        return std::string(text);
    }
    std::string word = "'";
    for (const char c : text) {
        if (c == '\'') {
            word += "'\\''";
        } else {
            word += c;
        }
    }
    return word + "'";
}

std::string shell_word_in_clone(std::string_view text, std::string_view root) {
    std::string word;
    std::size_t copied = 0;
    const auto copy_to = [&](std::size_t end) {
        if (end > copied) word += shell_word(text.substr(copied, end - copied));
    };
    for (std::size_t at = find_path(text, root, 0); at != std::string_view::npos;
         at = find_path(text, root, copied)) {
        copy_to(at);
        word += "\"$clone\"";
        copied = at + root.size();
    }
    if (copied == 0) return shell_word(text);
    copy_to(text.size());
    return word;
}

}  // namespace daybook::cli
