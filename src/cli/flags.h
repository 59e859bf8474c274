// Declaring flags the way all commands do it.  For command_*.cc and app.cc only: CLI11 is a heavy
// header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace daybook::cli {

// A flag whose value is one of `choices`, "a|b|c"; anything else is refused with the nearest of
// them. Help and completion show the choices.
CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& value,
                        std::string_view choices, const std::string& description);

// "a|b|c" as {"a", "b", "c"}; they borrow from `choices`.
std::vector<std::string_view> split_choices(std::string_view choices);

// "a|b|c" as a refusal of `value` would say it: "'tabel' is none of table, json, csv; did you mean
// 'table'?".  Empty if it is one of them.
std::string refuse_unless_choice(std::string_view value, std::string_view choices);

}  // namespace daybook::cli
