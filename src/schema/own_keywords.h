// Keywords that are checked here and not by valijson: `pattern` (pattern.h), `multipleOf`, where it
// divides by zero and cuts fractions off, and `uniqueItems` and `enum`, where it compares all with
// all.
//
// valijson has a door for keywords of one's own.  These go through it under other names, and with
// them a third that counts: a schema that is applied twice to each value of a tree is applied 2^n
// times at its nth level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "daybook/result.h"
#include "schema/pattern.h"
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

// How often the schemas of a type may be applied to one event, and in all where it is told what is
// wrong with it: valijson keeps a text for each thing.
inline constexpr std::uint64_t kApplicationsMax = 250'000;
inline constexpr std::uint64_t kExplainedApplicationsMax = 5'000;

// Whether it is an integer of 2^63 or more, which valijson takes for a negative one.
bool is_beyond_64_bits(const nlohmann::json& number);

// Whether the values of these keywords and of `patternProperties` can be worked with, within one
// schema and not those in it.  kInvalidArgument, with the place.
Status check_keywords(const SchemaNode& node);

// Gives them the names under which `parser` knows them once it was told.
void rename_keywords(nlohmann::json& schema);
// Has it counted how often the schema is applied; it is no reference.
void count_applications(nlohmann::json& schema);
void add_keywords(valijson::SchemaParser& parser);

// Before an event is checked, on this thread: counts anew.  After so many applications, or when
// patterns have taken too long in all, the check throws.
void begin_event(std::uint64_t applications_max);

// The expressions of `patternProperties` of one schema that was checked, added to `patterns`.
void add_name_patterns(const nlohmann::json& schema, std::vector<Pattern>& patterns);

// Whether valijson can be left alone with the names in `tree`: it matches them with std::regex,
// which knows no limits, so that what takes PCRE2 long is refused.  kInvalidArgument, kLimit.
Status check_names(const std::vector<Pattern>& patterns, const nlohmann::json& tree);

}  // namespace daybook::schema
