#include "query/named_query.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/ranges.h>

#include "base/text.h"
#include "duck/sql_scan.h"

namespace daybook::query {
namespace {

constexpr std::array<std::pair<std::string_view, ParameterType>, 7> kTypes = {
    {{"text", ParameterType::kText},
     {"integer", ParameterType::kInteger},
     {"number", ParameterType::kNumber},
     {"boolean", ParameterType::kBoolean},
     {"time", ParameterType::kTime},
     {"duration", ParameterType::kDuration},
     {"run", ParameterType::kRun}}};

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return "";
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

// The first word of `text`, which is taken off it.
std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text = trimmed(text.substr(end));
    return word;
}

// Parameters become flags of the command line.
bool is_parameter_name(std::string_view name) {
    return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
               std::string_view::npos;
}

// "run run required", "n integer = 10", "since time": what stands before the colon.
Result<QueryParameter> parse_parameter(std::string_view text) {
    QueryParameter parameter;
    parameter.name = take_word(text);
    const std::string_view type = take_word(text);
    const auto* const known = std::find_if(kTypes.begin(), kTypes.end(),
                                           [&](const auto& entry) { return entry.first == type; });
    if (!is_parameter_name(parameter.name)) {
        return fail(ErrorCode::kInvalidArgument,
                    "found the parameter \"{}\", expected a name of small letters, digits and _",
                    printable(parameter.name));
    }
    if (known == kTypes.end()) {
        std::vector<std::string_view> names;
        for (const auto& entry : kTypes) names.push_back(entry.first);
        return fail(ErrorCode::kInvalidArgument, "parameter {}: found \"{}\", expected a type: {}",
                    parameter.name, printable(type), fmt::join(names, ", "));
    }
    parameter.type = known->second;
    if (text == "required") {
        parameter.required = true;
    } else if (text.starts_with('=')) {
        parameter.default_value = trimmed(text.substr(1));
    } else if (!text.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "parameter {}: found \"{}\", expected \"required\", \"= default\" or the colon",
                    parameter.name, printable(text));
    }
    return parameter;
}

// One line of the head, without its dashes.
Status read_head_line(std::string_view line, NamedQuery& query) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {};  // A remark.
    std::string_view key = trimmed(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (key == "title") {
        query.title = value;
    } else if (key == "text") {
        query.text += (query.text.empty() ? "" : " ") + std::string(value);
    } else if (take_word(key) == "parameter") {
        ASSIGN_OR_RETURN(QueryParameter parameter, parse_parameter(key));
        for (const QueryParameter& other : query.parameters) {
            if (other.name != parameter.name) continue;
            return fail(ErrorCode::kInvalidArgument, "found the parameter {} twice",
                        parameter.name);
        }
        parameter.description = value;
        query.parameters.push_back(std::move(parameter));
    }
    return {};
}

std::size_t line_of(std::string_view source, std::size_t offset) {
    return static_cast<std::size_t>(std::count(
               source.begin(), source.begin() + static_cast<std::ptrdiff_t>(offset), '\n')) +
           1;
}

// Puts $1, $2… in the place of the names.
Status number_parameters(NamedQuery& query) {
    std::vector<bool> used(query.parameters.size(), false);
    const std::vector<duck::SqlToken> tokens = duck::scan_sql(query.source);
    query.sql = query.source;
    // From the end, so that what is before stays where it is.
    for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
        if (token->kind != duck::SqlTokenKind::kParameter) continue;
        const auto found =
            std::find_if(query.parameters.begin(), query.parameters.end(),
                         [&](const auto& p) { return p.name == token->text.substr(1); });
        if (found == query.parameters.end()) {
            return fail(ErrorCode::kInvalidArgument,
                        "{}:{}: found {}, expected a parameter that the head declares: \"-- "
                        "parameter {} TYPE: …\"",
                        query.path, line_of(query.source, token->offset), printable(token->text),
                        printable(token->text.substr(1)));
        }
        const auto index = static_cast<std::size_t>(found - query.parameters.begin());
        used[index] = true;
        query.sql.replace(token->offset, token->text.size(), fmt::format("${}", index + 1));
    }
    const auto unused = std::find(used.begin(), used.end(), false);
    if (unused != used.end()) {
        return fail(ErrorCode::kInvalidArgument,
                    "{}: the parameter {} is declared, but the SQL does not use it", query.path,
                    query.parameters[static_cast<std::size_t>(unused - used.begin())].name);
    }
    return {};
}

}  // namespace

std::string_view to_string(ParameterType type) {
    return std::find_if(kTypes.begin(), kTypes.end(),
                        [type](const auto& entry) { return entry.second == type; })
        ->first;
}

bool is_query_name(std::string_view name) {
    return !name.empty() && name.find_first_not_of(
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-") == std::string_view::npos;
}

Result<NamedQuery> parse_named_query(std::string_view name, const std::string& path,
                                     std::string source) {
    NamedQuery query{
        .name = std::string(name), .path = path, .title = {}, .source = std::move(source)};
    std::string_view rest = query.source;
    for (std::size_t line = 1; rest.starts_with("--"); ++line) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const Status read = read_head_line(trimmed(rest.substr(2, end - 2)), query);
        if (!read) return fail(read.error().with_context(fmt::format("{}:{}", path, line)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (query.title.empty()) query.title = query.name;
    RETURN_IF_ERROR(number_parameters(query));
    return query;
}

}  // namespace daybook::query
