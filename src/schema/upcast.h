// Upcasters: how events of an older version become events of the next.
//
// A version's schema may have a list `x-upcast` of steps, each an object:
//
//     {"op": "rename",  "path": "/stop", "to": "stop_pct"}       the field gets another name
//     {"op": "move",    "path": "/stop", "to": "/exit/stop"}     the field goes to another place
//     {"op": "default", "path": "/fees", "value": 0}             the field, where there is none
//     {"op": "drop",    "path": "/debug"}                        the field goes
//     {"op": "cast",    "path": "/step", "to": "integer"}        to integer, number, string,
//     boolean
//
// Paths are JSON pointers into objects.  A step whose path is not there does nothing.  What stands
// at the target of `rename` and `move` is replaced; objects on the way to a target are made.
#pragma once

#include <string>
#include <vector>

#include "daybook/result.h"
#include "schema/schema_json.h"

namespace daybook::schema {

struct UpcastStep {
    enum class Op { kRename, kMove, kDefault, kDrop, kCast };

    Op op = Op::kDrop;
    std::vector<std::string> path;  // the names on the way, the field's own last
    std::vector<std::string> to;    // kRename, kMove
    Tree value;                     // kDefault
    std::string type;               // kCast
};

// The steps of a schema's `x-upcast`; none if it has none.
Result<std::vector<UpcastStep>> parse_upcast(const Tree& schema);

// Applies the steps to an event's payload.  Errors: kInvalidArgument with the path, if a value
// cannot be cast or something on the way to a target is no object; then `payload` is in between.
Status apply_upcast(const std::vector<UpcastStep>& steps, Tree& payload);

// Marks the schema of an object that a step has changed: what its keywords say of the object as a
// whole (`allOf`, `maxProperties`, …) may not be so any more.
inline constexpr const char* kChangedKeyword = "daybook:changed";

// What the older version's `schema` says about its events after the steps.
void apply_upcast_to_schema(const std::vector<UpcastStep>& steps, Tree& schema);

}  // namespace daybook::schema
