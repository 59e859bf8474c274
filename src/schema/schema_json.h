// The JSON tree in which schemas are worked on, apart from the headers that many include.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "daybook/result.h"

namespace daybook::schema {

// Keeps the order in which fields were written.
using Tree = nlohmann::ordered_json;

// Parses `text`; what is wrong with it is said by line and column.
Result<Tree> parse_tree(std::string_view text, std::string_view what);

// How many arrays and objects are within each other at most; 0: `tree` is neither.
std::size_t nesting_of(const Tree& tree);

// Why a type is not registered: `at` is a place within its schema, "" for the whole.
tl::unexpected<Error> refuse_type(std::string_view at, std::string_view why);

// A token of a JSON pointer, with `~` and `/` escaped.
std::string pointer_token(std::string_view name);

}  // namespace daybook::schema
