// Declaring flags the way all commands do it.  For command_*.cc and app.cc only: CLI11 is a heavy
// header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/result.h"

namespace daybook::cli {

// Why `value` is no count; empty if it is one.
std::string refuse_unless_count(const std::string& value);

// A flag whose value is one of `choices`, "a|b|c"; anything else is refused with the nearest of
// them. Help and completion show the choices.
CLI::Option* add_choice(CLI::App& app, const std::string& name, std::string& value,
                        std::string_view choices, const std::string& description);

// A flag whose value is a count: 0 or more, of digits alone (CLI11 would take -1 for 2^64 - 1).
template <typename Count>
CLI::Option* add_count(CLI::App& app, const std::string& name, Count& value,
                       const std::string& description) {
    return app.add_option(name, value, description)
        ->type_name("N")
        ->check(CLI::Validator(refuse_unless_count, ""));
}

// What a library's check of options says, "trials: found …", with its name as a flag.
Status name_flags(Status checked);

// "a|b|c" as {"a", "b", "c"}; they borrow from `choices`.
std::vector<std::string_view> split_choices(std::string_view choices);

// "a|b|c" as a refusal of `value` would say it: "'tabel' is none of table, json, csv; did you mean
// 'table'?".  Empty if it is one of them.
std::string refuse_unless_choice(std::string_view value, std::string_view choices);

}  // namespace daybook::cli
