// The values of a named query's parameters, from what is typed to what is bound.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "duck/parameter.h"
#include "query/named_query.h"
#include "query/session.h"

namespace daybook::cli {

class QueryArguments {
public:
    // `given` has the values by the parameters' names; what is missing, or empty, gets its default,
    // else NULL.  Times are relative to `now`; runs are looked up in the session.
    // kInvalidArgument, with the parameter's name: it is required, or of another type; what
    // resolve_run() says of a run.
    static Result<QueryArguments> read(const query::NamedQuery& query,
                                       const std::map<std::string, std::string>& given,
                                       TimestampMs now, query::Session& session);

    // In the order of the query's parameters; they borrow from this.
    std::vector<duck::Parameter> parameters() const;

private:
    using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;
    static Result<Value> read_value(const query::QueryParameter& parameter, const std::string& text,
                                    TimestampMs now, query::Session& session);

    std::vector<Value> values_;
};

}  // namespace daybook::cli
