// Whether two JSON values are alike, and where they are not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace daybook::legacy {

// Whether two numbers differ by at most `tolerance` times the greater of their sizes.  Infinities
// and NaN are only like themselves.
bool are_close(double left, double right, double tolerance);

struct JsonDifference {
    std::string pointer{};  // of a member of both objects: "/sharpe"; empty: the values as a whole
    std::string left{};     // JSON; empty: it is not there
    std::string right{};
    bool operator==(const JsonDifference&) const = default;
};

// Members that differ, of two objects, by name; of all other values the values themselves.  The
// order of members counts for nothing, a member that is null is one that is not there, and numbers
// are alike if they are close; integers must be the same.  Text that is no JSON is compared as it
// is.
std::vector<JsonDifference> json_differences(std::string_view left, std::string_view right,
                                             double tolerance);

}  // namespace daybook::legacy
