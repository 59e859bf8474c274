// Keywords that are checked here and not by valijson: `pattern` (pattern.h), `multipleOf`, where it
// divides by zero and cuts fractions off, and `uniqueItems`, where it compares all with all.
//
// valijson has a door for keywords of one's own.  These go through it under other names, and with
// them a third that counts: a schema that is applied twice to each value of a tree is applied 2^n
// times at its nth level.
#pragma once

#include <cstddef>
#include <string_view>

#include "daybook/result.h"
#include "schema/schema_json.h"
#include "schema/schema_nodes.h"

namespace valijson {
class SchemaParser;
}

namespace daybook::schema {

// With what the description of an error begins that is for people as it is: what was expected.
inline constexpr std::string_view kExpected = "expected: ";

// Names that are matched with the expressions of `patternProperties`: those valijson matches, and
// it goes as deep as a name is long.
inline constexpr std::size_t kMatchedNameBytesMax = 256;

// Whether the values of these keywords and of `patternProperties` can be worked with, within one
// schema and not those in it.  kInvalidArgument, with the place.
Status check_keywords(const SchemaNode& node);

// Gives them the names under which `parser` knows them once it was told.
void rename_keywords(nlohmann::json& schema);
// Has it counted how often the schema is applied; it is no reference.
void count_applications(nlohmann::json& schema);
void add_keywords(valijson::SchemaParser& parser);

// Counts anew, on this thread.  After 250,000 the check throws.
void begin_count();

}  // namespace daybook::schema
