// Whether a new version of a schema can read what an earlier one allowed.
#pragma once

#include <string>
#include <vector>

#include "schema/schema_json.h"

namespace daybook::schema {

struct Compatibility {
    // Events that `older` allows and `newer` refuses: "/price: required, and older events may lack
    // it".  Empty: every event of the older version can be read.
    std::vector<std::string> breaks;
    // What cannot be ruled out because the older version allows fields that it does not name.
    std::vector<std::string> notes;
};

// Compares two schemas keyword by keyword.  It errs to one side only: what it cannot prove
// compatible is a break.
Compatibility compare(const Tree& older, const Tree& newer);

}  // namespace daybook::schema
