// A version of an event type that a user has registered.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/durability.h"
#include "daybook/result.h"
#include "schema/schema_json.h"
#include "schema/upcast.h"

namespace daybook::schema {

// The names that users may give to their types: words of a-z, 0-9 and `_` that begin with a letter,
// joined by dots, at least two; the first must not be that of a built-in type.
Status check_type_name(std::string_view name);

// Compiled once, then safe from all threads.
class UserType {
public:
    // `schema` is what was registered: its `title` is the type's name, its `x-version` the version.
    // Errors: kInvalidArgument, with the place within the schema.
    static Result<std::shared_ptr<const UserType>> compile(Tree schema);
    // One that was registered.  An earlier version took schemas by which nothing can be checked:
    // those are types whose events are refused, so that all others go on.
    static Result<std::shared_ptr<const UserType>> load(Tree schema);
    ~UserType();

    const std::string& name() const { return name_; }
    int version() const { return version_; }
    Durability durability() const { return durability_; }
    const Tree& schema() const { return schema_; }
    // What makes the version before this one into this one.
    const std::vector<UpcastStep>& upcast() const { return upcast_; }

    // Checks the payload of an event, a JSON object that is known to be well-formed.
    Status check(std::string_view payload) const;

private:
    struct Compiled;
    UserType();
    Status compile_checks(const Tree& schema);

    std::string name_;
    int version_ = 1;
    Durability durability_ = Durability::kProcess;
    Tree schema_;
    std::vector<UpcastStep> upcast_;
    std::unique_ptr<Compiled> compiled_;
    std::optional<Error> unusable_;  // why nothing can be checked by the schema
};

}  // namespace daybook::schema
