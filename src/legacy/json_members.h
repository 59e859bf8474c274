// Objects as events may have them: a name once, and where only numbers may be, numbers.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/nonfinite.h"
#include "json/path.h"

namespace daybook::legacy {

// A member that a later one of its name has taken the place of.
struct Replaced {
    std::string name;
    std::string value;     // JSON
    std::string standing;  // of the later one
};

// Of members of one name of an object the last alone is left, in all objects of the value at the
// end of `out`, from `begin` on; `path` is its place.  DuckDB reads no file that has a name twice.
// The answer: those of the outermost object that were not left.
std::vector<Replaced> keep_last_of_a_name(std::string& out, std::size_t begin, json::Path& path,
                                          json::NonFinite& nonfinite);

// Leaves those members of the object at the end of `out`, from `begin` on, that are numbers.  The
// others, but for nulls, are told to `left_out`, with their names and their JSON.
void keep_numbers(std::string& out, std::size_t begin,
                  const std::function<void(std::string_view, std::string_view)>& left_out);

}  // namespace daybook::legacy
