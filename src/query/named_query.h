// A question with a name: a file of SQL whose head says what it is and what it wants to know.
//
//     -- title: The best trials of a run by a metric
//     -- text: Those that are complete; ties by id.
//     -- parameter run run required: whose trials
//     -- parameter n integer = 10: how many at most
//     -- parameter since time: only those since then
//     SELECT … WHERE run_id = $run … LIMIT $n
//
// A parameter has a name, a type, `required` or a default or neither (then it is null), and a
// description.  Values are bound, never pasted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::query {

enum class ParameterType {
    kText,
    kInteger,
    kNumber,
    kBoolean,
    kTime,      // bound as milliseconds since the epoch
    kDuration,  // bound as milliseconds
    kRun,       // whatever means a run (runs.h), bound as its id
};

std::string_view to_string(ParameterType type);

struct QueryParameter {
    std::string name{};
    ParameterType type = ParameterType::kText;
    bool required = false;
    std::optional<std::string> default_value{};
    std::string description{};
};

struct NamedQuery {
    std::string name{};
    std::string path{};  // the file it is from
    std::string title{};
    std::string text{};  // may be empty
    std::vector<QueryParameter> parameters{};
    std::string source{};  // the file, as it is
    std::string sql{};     // with $1, $2… for the parameters, in their order
};

// A name is letters, digits, - and _; it is the file's, without ".sql".
bool is_query_name(std::string_view name);

// Reads the file's text.  kInvalidArgument, with the file and the line: a head that cannot be read,
// a parameter that is not declared or not used.
Result<NamedQuery> parse_named_query(std::string_view name, const std::string& path,
                                     std::string source);

}  // namespace daybook::query
