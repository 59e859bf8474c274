// What of the log is still to be read, and whether the cursors of what has been read still hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/result.h"
#include "index/batch_reader.h"
#include "log/log_source.h"

namespace daybook::index {

struct WorkLimits {
    std::optional<Day> since{};       // read the parts of this day and later once more
    std::optional<BytesRead> only{};  // no part but these, and only so far
};

// The parts that have grown beyond `states`, and those that are to be read again.  A part that has
// shrunk is not among them.
Result<std::vector<PartWork>> find_work(const log::LogSource& source,
                                        const std::vector<PartState>& states,
                                        const WorkLimits& limits = {});

// Why what was read up to `states` cannot be continued: a part vanished, shrank, or has other lines
// where its cursor was.  Empty: it can.
Result<std::string> cursor_obstacle(const log::LogSource& source,
                                    const std::vector<PartState>& states);

// The same for a reader in a hurry: sizes of all parts, and the lines of those that have grown.
Result<std::string> tail_obstacle(const log::LogSource& source,
                                  const std::vector<PartState>& states,
                                  const std::vector<PartWork>& work);

}  // namespace daybook::index
