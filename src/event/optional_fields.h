// An optional field of an event is left out where there is nothing to say.
#pragma once

#include <optional>

#include "daybook/value.h"

namespace daybook::event {

inline std::optional<Fields> unless_empty(const Fields& fields) {
    return fields.empty() ? std::nullopt : std::optional<Fields>(fields);
}

}  // namespace daybook::event
