// What `daybook … --help` prints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/command.h"

namespace daybook::cli {

// No line of a help text is longer, but for one whose word is.
inline constexpr std::size_t kHelpColumns = 96;

// Gives `app` the help text of `info`: summary, usage, details, arguments, flags, examples.
void set_help(CLI::App& app, const CommandInfo& info);

// "daybook schema list" for the subcommand `list` of `schema`.
std::string full_name(const CLI::App& app);

// The commands directly below `app`, in the order of their declaration.
std::vector<const CLI::App*> commands_below(const CLI::App& app);

// `text` broken at blanks so that no line is longer than `columns`, all lines but the first
// indented.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

}  // namespace daybook::cli
