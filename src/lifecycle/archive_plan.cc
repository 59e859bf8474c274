#include "lifecycle/archive_plan.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace daybook::lifecycle {
namespace {

// Why the parts of a day stay; empty: they do not.
std::string why_left(std::span<const log::PartInfo> parts, TimestampMs ended_before,
                     log::Sharing sharing) {
    const TimestampMs end = start_of(parts.front().id.day + 1);
    if (end > ended_before) {
        return fmt::format("it ends {}, and only what has ended by {} is archived", to_iso8601(end),
                           to_iso8601(ended_before));
    }
    if (sharing == log::Sharing::kShared) {
        return "other tools write to this log, and would use the numbers of archived parts again: "
               "'daybook adopt --finish' ends that";
    }
    const auto open = std::find_if(parts.begin(), parts.end(),
                                   [](const log::PartInfo& part) { return !part.sealed; });
    if (open == parts.end()) return "";
    const auto others = std::count_if(open + 1, parts.end(),
                                      [](const log::PartInfo& part) { return !part.sealed; });
    return fmt::format("{}{} not sealed: 'daybook seal' seals what can no longer grow",
                       to_string(open->id),
                       others > 0 ? fmt::format(" and {} more are", others) : " is");
}

}  // namespace

ArchivePlan plan_archive(const std::vector<log::PartInfo>& parts, TimestampMs ended_before,
                         log::Sharing sharing) {
    ArchivePlan plan;
    for (std::size_t begin = 0; begin < parts.size();) {
        const Day day = parts[begin].id.day;
        std::size_t end = begin;
        std::uint64_t bytes = 0;
        std::vector<log::PartId> ids;
        for (; end < parts.size() && parts[end].id.day == day; ++end) {
            bytes += parts[end].size.value();
            ids.push_back(parts[end].id);
        }
        const auto of_day = std::span(parts).subspan(begin, end - begin);
        std::string reason = why_left(of_day, ended_before, sharing);
        if (reason.empty()) {
            plan.days.push_back({.day = day, .parts = std::move(ids), .bytes = bytes});
        } else {
            plan.left.push_back(
                {.day = day, .parts = of_day.size(), .bytes = bytes, .reason = std::move(reason)});
        }
        begin = end;
    }
    return plan;
}

}  // namespace daybook::lifecycle
