// Whether the log has gone on since it was read, for those who may not look at it themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"

namespace daybook::index {

// How many bytes of each part have been read, by its name in index_parts.
using BytesRead = std::map<std::string, std::uint64_t>;

// Whether the log below `root` has a whole line that `read` does not cover, or lacks bytes that it
// does.  An unfinished line at the end of a part, which may stay there for ever, is no news.
Result<bool> has_news(const std::string& root, const BytesRead& read);

}  // namespace daybook::index
