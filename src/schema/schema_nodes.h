// The schemas within a schema, and what keeps a check of an event from ending.
//
// valijson follows a reference wherever it leads, by recursion: a schema that refers back to itself
// without looking any deeper into the event, and one whose references make a long chain, overflow
// the stack.  Such are refused here, before valijson sees them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daybook/result.h"
#include "schema/schema_json.h"

namespace daybook::schema {

struct SchemaNode {
    nlohmann::json* schema;  // an object
    std::string at;          // where it is first come to, a JSON pointer; "" for the whole
    // Those that apply to the same value as this one: by $ref, allOf, if, ….  Positions in the
    // list.
    std::vector<std::size_t> applied_here{};
};

// All schemas that checking by `root` can come to, `root` first.  They point into it.
// kInvalidArgument, with the place: a reference that leads out of `root` or nowhere, schemas that
// are nested too deeply, and those that refer back to themselves at one and the same value.
Result<std::vector<SchemaNode>> schema_nodes(nlohmann::json& root);

}  // namespace daybook::schema
