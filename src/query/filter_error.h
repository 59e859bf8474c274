// What is wrong with a filter, told with the place:
//
//     column 10: found "faild", expected …
//       status = faild
//                ^
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::query {

// kInvalidArgument: `message` about the byte `offset` of `filter`, which is shown with a caret
// below.  Columns are characters, counted from 1.
Error filter_error(std::string_view filter, std::size_t offset, std::string_view message);

// `text` fit for one line of a terminal, a character for a character: controls become blanks.
std::string filter_excerpt(std::string_view text);

}  // namespace daybook::query
