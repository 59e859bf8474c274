// The event that `daybook emit`'s flags describe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::cli {

// A flag that was given, and the field it stands for.
struct EmitField {
    enum class Kind {
        kText,    // the value is a string
        kNumber,  // the value is a JSON number
        kJson,    // the value is JSON
    };
    std::string_view flag;   // "--phase-name"
    std::string_view field;  // "phase_name"
    Kind kind = Kind::kText;
    std::string value{};
};

// The event as JSON text: the fields of `given` in their order, then those of `event_data`, a JSON
// object, if it is not empty.  kInvalidArgument, naming the flag: a value that is no number or no
// JSON (with line and column), a field that is given twice.  Whether the event is one of its type
// is for the ledger to say.
Result<std::string> emit_document(const std::vector<EmitField>& given, std::string_view event_data);

}  // namespace daybook::cli
