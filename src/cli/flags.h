// Declaring flags the way all commands do it.  For command_*.cc and app.cc only: CLI11 is a heavy
// header.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/result.h"
#include "base/text.h"

namespace daybook::cli {

// For flags that have a default: what a script gives whose variable is empty is not that default.
std::string refuse_if_empty(const std::string& value);

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

// Why `value` is no number from `least` to `most`; empty if it is one.  Seconds of type int are
// whole.
template <typename Number>
std::string refuse_unless_within(const std::string& value, Number least, Number most) {
    Number number{};
    const char* const value_end = value.data() + value.size();
    const auto [end, error] = std::from_chars(value.data(), value_end, number);
    const bool is_within =
        error == std::errc() && end == value_end && number >= least && number <= most;
    if (is_within) return "";
    return fmt::format("found '{}', expected a {} from {} to {}", printable(value),
                       std::is_integral_v<Number> ? "whole number" : "number", least, most);
}

// A flag whose value is a number of seconds.
template <typename Number>
CLI::Option* add_seconds(CLI::App& app, const std::string& name, Number& value, Number least,
                         Number most, const std::string& description) {
    // As in add_choice(): CLI11's own range would stand in the help.
    return app.add_option(name, value, description)
        ->type_name("SECONDS")
        ->check(CLI::Validator(
            [least, most](const std::string& text) {
                return refuse_unless_within(text, least, most);
            },
            ""));
}

// What a library's check of options says, "trials: found …", with its name as a flag.
Status name_flags(Status checked);

// "a|b|c" as {"a", "b", "c"}; they borrow from `choices`.
std::vector<std::string_view> split_choices(std::string_view choices);

// "a|b|c" as a refusal of `value` would say it: "'tabel' is none of table, json, csv; did you mean
// 'table'?".  Empty if it is one of them.
std::string refuse_unless_choice(std::string_view value, std::string_view choices);

}  // namespace daybook::cli
