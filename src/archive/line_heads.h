// What the columns of an archive file say of its lines, for those who need no line: a fraction of
// what reading them costs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "archive/inflate.h"
#include "archive/manifest.h"
#include "base/result.h"
#include "base/strong.h"

namespace daybook::archive {

// Lent during the call.
struct LineHead {
    bool is_event = false;  // else the next three are empty
    std::string_view event_type{};
    std::string_view run_id{};
    TimestampMs timestamp{};
    std::uint64_t bytes = 0;  // with the newline
};

// Calls `on_head` for every line of `part`, which no retention has touched, in its order.  `path`
// is of the archive file that holds it.  kCorrupt: the file cannot be read, or rows are out of
// order.
Status for_each_head(const Inflater& inflater, const std::string& path, const ArchivedPart& part,
                     const std::function<void(const LineHead& head)>& on_head);

}  // namespace daybook::archive
