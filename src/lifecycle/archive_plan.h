// Which days are to be archived: a pure function of what lies below events/.
//
// A day is archived as a whole.  A day with a part that is not sealed stays, since its files would
// grow by one at each archiving.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/calendar.h"
#include "base/strong.h"
#include "log/log_source.h"
#include "log/sharing.h"

namespace daybook::lifecycle {

inline constexpr std::int64_t kArchiveOlderThanMs = 7 * kDayMs;

struct DayToArchive {
    Day day{};
    std::vector<log::PartId> parts;  // by number
    std::uint64_t bytes = 0;
};

struct DayToLeave {
    Day day{};
    std::uint64_t parts = 0;
    std::uint64_t bytes = 0;
    std::string reason;
};

struct ArchivePlan {
    std::vector<DayToArchive> days{};
    std::vector<DayToLeave> left{};
};

// `parts` are those below events/, by day and number.  A day is due if it had ended by
// `ended_before`.  Where other tools write as well, none is: they find the number of the next part
// by the files that are there, and would use the numbers of those that are archived again.
ArchivePlan plan_archive(const std::vector<log::PartInfo>& parts, TimestampMs ended_before,
                         log::Sharing sharing = log::Sharing::kAlone);

}  // namespace daybook::lifecycle
