// What is wrong with a mapping, as far as that can be told without a file.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "legacy/mapping.h"
#include "schema/registry.h"

namespace daybook::legacy {

// "line 7: …", in the order of the rules: event types that `types` does not know, fields that a
// type requires and a rule does not have, SQL that is none or that reads something else than the
// file, and rules that would make the same events.  A rule that a table may pass by is given the
// benefit of the doubt.
Result<std::vector<std::string>> check_mapping(const Mapping& mapping,
                                               const schema::Registry& types);

}  // namespace daybook::legacy
