#include "cli/query_arguments.h"

#include <charconv>
#include <optional>

#include "base/text.h"
#include "cli/query_limits.h"
#include "cli/time_argument.h"
#include "query/runs.h"

namespace daybook::cli {

using query::ParameterType;

namespace {

template <typename Number>
std::optional<Number> number_of(const std::string& text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

Result<QueryArguments::Value> QueryArguments::read_value(const query::QueryParameter& parameter,
                                                         const std::string& text, TimestampMs now,
                                                         query::Session& session) {
    const auto mismatch = [&](const char* expected) {
        return fail(ErrorCode::kInvalidArgument, "found '{}', expected {}", printable(text),
                    expected);
    };
    switch (parameter.type) {
        case ParameterType::kText: return text;
        case ParameterType::kInteger:
            if (const auto number = number_of<std::int64_t>(text)) return *number;
            return mismatch("a whole number");
        case ParameterType::kNumber:
            if (const auto number = number_of<double>(text)) return *number;
            return mismatch("a number");
        case ParameterType::kBoolean:
            if (text == "true" || text == "false") return text == "true";
            return mismatch("true or false");
        case ParameterType::kTime: {
            ASSIGN_OR_RETURN(const TimestampMs time, parse_time_argument(text, now));
            return std::int64_t{time.value()};
        }
        case ParameterType::kDuration: {
            ASSIGN_OR_RETURN(const std::int64_t duration, parse_duration(text));
            return duration;
        }
        case ParameterType::kRun: {
            ASSIGN_OR_RETURN(std::string run_id, query::resolve_run(session, text));
            return run_id;
        }
    }
    return fail(ErrorCode::kInternal, "a parameter of an unknown type");
}

Result<QueryArguments> QueryArguments::read(const query::NamedQuery& query,
                                            const std::map<std::string, std::string>& given,
                                            TimestampMs now, query::Session& session) {
    QueryArguments arguments;
    for (const query::QueryParameter& parameter : query.parameters) {
        const auto found = given.find(parameter.name);
        const bool is_given = found != given.end() && !found->second.empty();
        if (!is_given && parameter.required) {
            return fail(ErrorCode::kInvalidArgument, "{}: --{} is required: {}", query.name,
                        parameter.name, parameter.description);
        }
        if (!is_given && !parameter.default_value) {
            arguments.values_.emplace_back(nullptr);
            continue;
        }
        Result<Value> value = read_value(
            parameter, is_given ? found->second : *parameter.default_value, now, session);
        if (!value) {
            return fail(
                value.error().with_context(fmt::format("{}: --{}", query.name, parameter.name)));
        }
        arguments.values_.push_back(std::move(*value));
    }
    return arguments;
}

std::vector<duck::Parameter> QueryArguments::parameters() const {
    std::vector<duck::Parameter> parameters;
    for (const Value& value : values_) {
        std::visit([&](const auto& held) { parameters.emplace_back(held); }, value);
    }
    return parameters;
}

}  // namespace daybook::cli
