#include "log/lane_set.h"

#include <algorithm>

#include "base/limits.h"
#include "os/kill_point.h"
#include "os/process.h"

namespace daybook::log {
namespace {

constexpr std::int64_t kMsNs = 1'000'000;

std::optional<os::FileIdentity> identity_of(const std::string& path) {
    const Result<std::optional<os::FileInfo>> info = os::file_info(path);
    if (!info || !*info) return std::nullopt;
    return (*info)->identity;
}

}  // namespace

LaneSet::LaneSet(const Layout& layout, WriterStats& stats)
    : layout_(layout),
      boot_time_(os::boot_time()),
      root_(identity_of(layout.root())),
      stats_(stats) {}

// Parts are made by path, so a ledger that was moved would go on in two places.
Status LaneSet::check_place() const {
    if (!root_ || identity_of(layout_.root()) == root_) return {};
    return fail(ErrorCode::kNotFound,
                "take a part in {}: the ledger that was opened is no longer there: it was moved or "
                "replaced; open it again where it is now",
                layout_.root());
}

Result<OpenLane*> LaneSet::get(Day day) {
    if (const auto found = open_.find(day); found != open_.end()) {
        found->second->last_run = ++lookups_;
        return found->second.get();
    }
    if (open_.size() >= kLanesMax) {
        const auto oldest = std::min_element(
            open_.begin(), open_.end(),
            [](const auto& a, const auto& b) { return a.second->last_run < b.second->last_run; });
        give_up(oldest->first);
    }
    ASSIGN_OR_RETURN(LanePtr open, take(day));
    open->last_run = ++lookups_;
    return open_.emplace(day, std::move(open)).first->second.get();
}

Result<LanePtr> LaneSet::take(Day day) {
    if (const auto next = next_.find(day); next != next_.end()) {
        LanePtr prepared = std::move(next->second);
        next_.erase(next);
        os::kill_point(os::KillPoint::kWriterRotated);
        if (prepared) return prepared;
    }
    if (LanePtr before = take_back(day)) return before;
    RETURN_IF_ERROR(check_place());
    ASSIGN_OR_RETURN(Lane lane, Lane::take(layout_, day, boot_time_));
    ++stats_.lanes_taken;
    return std::make_shared<OpenLane>(std::move(lane), budget_);
}

// A lane that was given up while a sync is due still holds its part: it is used again, where
// another look at the day would find the part taken and begin a new one.
LanePtr LaneSet::take_back(Day day) {
    const auto found = std::find_if(retired_.begin(), retired_.end(), [day](const LanePtr& open) {
        return open->lane.part().day == day && open->may_be_written();
    });
    if (found == retired_.end()) return nullptr;
    LanePtr open = std::move(*found);
    retired_.erase(found);
    return open;
}

Result<LanePtr> LaneSet::begin_successor(Day day) {
    RETURN_IF_ERROR(check_place());
    ASSIGN_OR_RETURN(Lane lane, Lane::begin(layout_, day));
    ++stats_.lanes_taken;
    LanePtr open = std::make_shared<OpenLane>(std::move(lane), budget_);
    open->carries_rewritten = true;
    open->last_run = ++lookups_;
    // A healthy lane of the day stays the one that is written to.
    if (open_.contains(day)) {
        retired_.push_back(open);
    } else {
        open_.emplace(day, open);
    }
    return open;
}

void LaneSet::give_up(Day day) {
    const auto found = open_.find(day);
    if (found == open_.end()) return;
    if (found->second->unsynced_since_ns != 0) retired_.push_back(found->second);
    open_.erase(found);
}

void LaneSet::poison(const LanePtr& open) {
    open->failed = true;
    open->unsynced_since_ns = 0;
    // A mark beside a part that is gone would be of the next part of its number.
    if (!open->deleted && !open->lane.mark_bad(layout_)) held_.push_back(open);
    const auto found = open_.find(open->lane.part().day);
    if (found != open_.end() && found->second == open) open_.erase(found);
    std::erase(retired_, open);
}

void LaneSet::close_synced() {
    std::erase_if(retired_, [](const LanePtr& open) {
        return open->unsynced_since_ns == 0 && !open->sync_running;
    });
}

void LaneSet::give_up_idle(std::int64_t now_ns, TimestampMs now) {
    std::vector<Day> idle;
    for (const auto& [day, open] : open_) {
        if (std::exchange(open->used, false)) {
            open->last_used_ns = now_ns;
            continue;
        }
        const std::int64_t unused_ms = (now_ns - open->last_used_ns) / kMsNs;
        const std::int64_t ended_ms = now.value() - start_of(day + 1).value();
        const bool day_turned = ended_ms >= kLaneDayTurnMs && unused_ms >= kLaneDayTurnMs;
        if (day_turned || unused_ms >= kLaneIdleMs) idle.push_back(day);
    }
    for (const Day day : idle) give_up(day);
    std::erase_if(next_, [this](const auto& next) { return !open_.contains(next.first); });
}

void LaneSet::retry_next() {
    std::erase_if(next_, [](const auto& next) { return next.second == nullptr; });
}

std::vector<LanePtr> LaneSet::all() const {
    std::vector<LanePtr> lanes = retired_;
    for (const auto& [day, open] : open_) lanes.push_back(open);
    return lanes;
}

std::optional<Day> LaneSet::wants_next() const {
    for (const auto& [day, open] : open_) {
        if (open->lane.size().value() < kPartBytesPrepareNext) continue;
        if (!next_.contains(day)) return day;
    }
    return std::nullopt;
}

Result<LaneSet::Prepared> LaneSet::take_next(Day day) const {
    RETURN_IF_ERROR(check_place());
    ASSIGN_OR_RETURN(Lane lane, Lane::take(layout_, day, boot_time_));
    const bool names_synced = lane.sync_names(layout_).has_value();
    return Prepared{.lane = std::move(lane), .names_synced = names_synced};
}

void LaneSet::add_next(Day day, Result<Prepared> prepared) {
    LanePtr& next = next_[day];
    // Whoever needs the part will try again and be told what is wrong.
    if (!prepared) return;
    ++stats_.lanes_taken;
    ++stats_.lanes_prepared;
    next = std::make_shared<OpenLane>(std::move(prepared->lane), budget_);
    next->names_synced = prepared->names_synced;
    os::kill_point(os::KillPoint::kWriterNextPrepared);
}

}  // namespace daybook::log
