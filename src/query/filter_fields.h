// The fields that a filter can name, and the SQL of each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/filter_tree.h"

namespace daybook::query {

// What is filtered: rows of latest_runs, or rows of trial_results.
enum class FilterScope { kRuns, kTrials };

// Names that the data has, for errors that name the nearest.  Where `complete` is set, a name that
// is not among them is an error, because no row could have it.
struct KnownNames {
    std::vector<std::string> params{};
    std::vector<std::string> metrics{};
    bool complete = false;
};

enum class FieldType {
    kText,
    kNumber,
    kBoolean,
    kTime,      // milliseconds since the epoch
    kDuration,  // milliseconds
    kAny,       // a value of JSON, or a tag: what it is compared with decides
};

struct Field {
    FieldType type = FieldType::kText;
    std::string shown{};   // as a filter names it
    std::string sql{};     // kAny: as text
    std::string number{};  // kAny, kNumber: as a number; no NaN, which SQL holds for the greatest
};

// What the name means.  kInvalidArgument, with the place in `filter`: nothing; the nearest field is
// told.
Result<Field> find_field(const FieldName& name, FilterScope scope, const KnownNames& known,
                         std::string_view filter);

// SQL for the text at the name, given by its parts, in a column of JSON; NULL where there is none,
// or no JSON.  a.b is the field b of a, else the field named "a.b".
std::string json_text(std::string_view column, std::span<const std::string> parts);

// The fields with names of their own, and what begins the others: "tags." and the like.
std::vector<std::string> field_names(FilterScope scope);

}  // namespace daybook::query
