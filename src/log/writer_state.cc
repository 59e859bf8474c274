#include "log/writer_state.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "os/process.h"

namespace daybook::log {
namespace {

constexpr std::int64_t kMsNs = 1'000'000;
// Half of what is promised: a sync takes time itself.
constexpr std::int64_t kBackgroundSyncDelayMs = kBackgroundSyncMsMax / 2;
// How often the background thread looks for idle lanes when nothing else is due.
constexpr std::int64_t kHousekeepingMs = 30'000;
// A larger batch is written in pieces, so that memory stays bounded.
constexpr std::size_t kWriteBytesMax = std::size_t{4} << 20;
// What may wait in memory while the disk refuses buffered lines; then appending fails.
constexpr std::size_t kRefusedBytesMax = std::size_t{8} << 20;

// A part's directory is named after the day, and readers know only days that have a name.
Status check_time(TimestampMs time) {
    if (has_day(time)) return {};
    return fail(ErrorCode::kInvalidArgument,
                "append: timestamp {} lies outside the years 0 to 9999", time.value());
}

}  // namespace

Writer::State::State(const Layout& layout, const WriterOptions& options)
    : layout_(layout),
      options_(options),
      clock_(*options.clock),
      boot_time_(os::boot_time()),
      housekeeping_due_ns_(clock_.monotonic_ns() + kHousekeepingMs * kMsNs) {}

Writer::State::~State() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
        // A destructor has nobody to tell; who wants to know calls flush() first.
        (void)flush_locked();
    }
    background_wakes_.notify_all();
    if (background_.joinable()) background_.join();
}

AppendOutcome Writer::State::append(std::span<const Draft> drafts, Durability durability,
                                    Stamper& stamper) {
    Lock lock(mutex_);
    if (durability == Durability::kBuffered) return append_buffered(drafts, stamper);
    return append_now(lock, drafts, durability == Durability::kPower, stamper);
}

AppendOutcome Writer::State::append_now(Lock& lock, std::span<const Draft> drafts, bool wants_sync,
                                        Stamper& stamper) {
    // What was accepted earlier comes first in the file, too.
    if (!buffered_.empty()) {
        if (Status flushed = flush_locked(); !flushed) {
            return {.error = std::move(flushed).error()};
        }
    }

    const TimestampMs now = draw_time();
    Progress progress{.wants_sync = wants_sync};
    Status status;
    for (std::size_t i = 0; i < drafts.size() && status; ++i) {
        const Draft& draft = drafts[i];
        const TimestampMs time = draft.timestamp.value_or(now);
        status = check_time(time);
        if (!status) break;
        stamper.stamp(i, draft.text, time);
        status = add_line(progress, day_of(time), {draft.text.data(), draft.text.size()});
    }
    // The drafts before one that cannot be written are written all the same.
    if (Status written = write_run(progress); !written) status = std::move(written);

    // The lines up to an error are in the log, and are acknowledged like any others.
    for (const Written& written : progress.written) {
        Status synced = sync_through(lock, written.open, written.last);
        if (synced) continue;
        return {.accepted = written.accepted_before, .error = std::move(synced).error()};
    }
    AppendOutcome outcome{.accepted = progress.accepted};
    if (!status) outcome.error = std::move(status).error();
    return outcome;
}

AppendOutcome Writer::State::append_buffered(std::span<const Draft> drafts, Stamper& stamper) {
    AppendOutcome outcome;
    const TimestampMs now = draw_time();
    for (const Draft& draft : drafts) {
        if (buffered_text_.size() >= kBufferedBytesMax) {
            Status flushed = flush_locked();
            // A disk that refuses for a while loses nothing, as long as memory has room.
            if (!flushed && buffered_text_.size() >= kRefusedBytesMax) {
                outcome.error = std::move(flushed).error();
                break;
            }
        }
        const TimestampMs time = draft.timestamp.value_or(now);
        if (Status status = check_time(time); !status) {
            outcome.error = std::move(status).error();
            break;
        }
        stamper.stamp(outcome.accepted, draft.text, time);
        buffered_.push_back({.day = day_of(time), .bytes = draft.text.size()});
        buffered_text_.append(draft.text.data(), draft.text.size());
        ++outcome.accepted;
    }
    if (buffered_since_ns_ == 0 && !buffered_.empty()) {
        buffered_since_ns_ = clock_.monotonic_ns();
        wake_background();
    }
    return outcome;
}

Status Writer::State::flush_locked() {
    if (buffered_.empty()) return {};
    Progress progress;
    Status status;
    std::size_t begin = 0;
    for (const BufferedLine& line : buffered_) {
        status = add_line(progress, line.day,
                          std::string_view(buffered_text_).substr(begin, line.bytes));
        if (!status) break;
        begin += line.bytes;
    }
    if (status) status = write_run(progress);

    const auto written_end = buffered_.begin() + static_cast<std::ptrdiff_t>(progress.accepted);
    std::size_t written_bytes = 0;
    for (auto line = buffered_.begin(); line != written_end; ++line) written_bytes += line->bytes;
    buffered_.erase(buffered_.begin(), written_end);
    buffered_text_.erase(0, written_bytes);
    buffered_since_ns_ = buffered_.empty() ? 0 : clock_.monotonic_ns();
    return status;
}

// Puts a line into the run of its lane; writes the run before it if it went elsewhere or is long.
Status Writer::State::add_line(Progress& progress, Day day, std::string_view text) {
    Run& run = progress.run;
    if (run.open == nullptr || run.day != day || lines_.size() >= kWriteBytesMax ||
        run.open->lane.size().value() + lines_.size() >= kPartBytesMax) {
        RETURN_IF_ERROR(write_run(progress));
        ASSIGN_OR_RETURN(run.open, lane_for(day));
        run.day = day;
        lines_.clear();
    }
    const Lane& lane = run.open->lane;
    const std::size_t begin = lines_.size();
    lines_.append(text);
    append_trailer(lines_, begin, lane.next_seq() + run.count,
                   run.count == 0 ? lane.synced_to_write() : Seq(0));
    ++run.count;
    return {};
}

// Writes the gathered lines and takes note of what is in the file now, be it all of them or not.
Status Writer::State::write_run(Progress& progress) {
    Run& run = progress.run;
    if (run.open == nullptr || run.count == 0) return {};
    OpenLane& open = *run.open;
    Lane::Outcome outcome = open.lane.append(lines_);
    std::size_t lines = run.count;
    if (outcome.error) {
        const auto end = lines_.begin() + static_cast<std::ptrdiff_t>(outcome.bytes);
        lines = static_cast<std::size_t>(std::count(lines_.begin(), end, '\n'));
    }
    if (lines > 0) {
        open.lane.note_synced_written();
        open.lane.advance(lines);
        open.used = true;
        note_unsynced(open, progress.wants_sync);
        if (progress.wants_sync) {
            progress.written.push_back({.open = open.shared_from_this(),
                                        .last = open.lane.last_seq(),
                                        .accepted_before = progress.accepted});
        }
    }
    progress.accepted += lines;
    stats_.lines += lines;
    stats_.bytes += outcome.bytes;
    open.broken = outcome.broken;
    const Day day = run.day;
    run = Run{};
    if (!open.may_be_written()) give_up(day);
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

void Writer::State::note_unsynced(OpenLane& open, bool sync_follows) {
    if (open.unsynced_since_ns != 0) return;
    open.unsynced_since_ns = clock_.monotonic_ns();
    if (!sync_follows) wake_background();
}

TimestampMs Writer::State::draw_time() {
    const TimestampMs now = clock_.now();
    const std::int64_t back_ms = last_time_.value() - now.value();
    if (back_ms > 0 && back_ms <= kClockClampMsMax) return last_time_;
    if (back_ms > 0) ++stats_.clock_steps;
    last_time_ = now;
    return now;
}

Result<Writer::State::OpenLane*> Writer::State::lane_for(Day day) {
    if (const auto found = lanes_.find(day); found != lanes_.end()) {
        found->second->last_run = ++runs_;
        return found->second.get();
    }
    if (lanes_.size() >= kLanesMax) {
        const auto oldest = std::min_element(
            lanes_.begin(), lanes_.end(),
            [](const auto& a, const auto& b) { return a.second->last_run < b.second->last_run; });
        give_up(oldest->first);
    }
    LanePtr open = take_back(day);
    if (open == nullptr) {
        ASSIGN_OR_RETURN(Lane lane, Lane::take(layout_, day, boot_time_));
        ++stats_.lanes_taken;
        open = std::make_shared<OpenLane>(std::move(lane));
    }
    open->last_run = ++runs_;
    return lanes_.emplace(day, std::move(open)).first->second.get();
}

// A lane that was given up while a sync is due still holds its part: it is used again, where
// another look at the day would find the part taken and begin a new one.
Writer::State::LanePtr Writer::State::take_back(Day day) {
    const auto found = std::find_if(retired_.begin(), retired_.end(), [day](const LanePtr& open) {
        return open->lane.part().day == day && open->may_be_written();
    });
    if (found == retired_.end()) return nullptr;
    LanePtr open = std::move(*found);
    retired_.erase(found);
    return open;
}

void Writer::State::give_up(Day day) {
    const auto found = lanes_.find(day);
    if (found == lanes_.end()) return;
    if (found->second->unsynced_since_ns != 0) retired_.push_back(found->second);
    lanes_.erase(found);
}

Status Writer::State::flush() {
    const Lock lock(mutex_);
    return flush_locked();
}

Status Writer::State::sync() {
    Lock lock(mutex_);
    RETURN_IF_ERROR(flush_locked());
    std::vector<LanePtr> open_lanes = retired_;
    for (const auto& [day, open] : lanes_) open_lanes.push_back(open);
    for (const LanePtr& open : open_lanes) {
        (void)sync_through(lock, open, open->lane.last_seq());  // A failure is in unreported_.
    }
    if (unreported_) return fail(*std::exchange(unreported_, std::nullopt));
    return {};
}

// Returns once everything up to `seq` has survived a sync, by this thread's or another one's.
Status Writer::State::sync_through(Lock& lock, const LanePtr& open, Seq seq) {
    while (open->lane.synced() < seq) {
        if (open->failed) {
            return fail(ErrorCode::kIo, "sync {}: an earlier sync failed", open->lane.path());
        }
        if (open->sync_running) {
            sync_done_.wait(lock);
            continue;
        }
        RETURN_IF_ERROR(sync_once(lock, open));
    }
    return {};
}

// One fdatasync for all that is written to the lane so far, made without the mutex.
Status Writer::State::sync_once(Lock& lock, const LanePtr& open) {
    open->sync_running = true;
    open->unsynced_since_ns = 0;
    const Seq target = open->lane.last_seq();
    const bool names_synced = open->names_synced;

    lock.unlock();
    const Status data = os::sync_data(open->lane.fd(), open->lane.path());
    const Status names = data && !names_synced ? open->lane.sync_names(layout_) : Status();
    lock.lock();

    open->sync_running = false;
    sync_done_.notify_all();
    Status status = data ? names : data;
    if (!status) {
        ++stats_.sync_failures;
        unreported_ = status.error();
        // Names can be synced again later; of the bytes nothing is known any more.
        if (!data) poison(open);
        return status;
    }
    ++stats_.syncs;
    open->names_synced = true;
    open->lane.note_synced(target);
    if (open->unsynced_since_ns == 0) std::erase(retired_, open);
    return {};
}

// After a failed sync the kernel may have dropped the bytes and called them clean: nobody may take
// the part again, and a second sync of it would prove nothing.
void Writer::State::poison(const LanePtr& open) {
    open->failed = true;
    open->unsynced_since_ns = 0;
    if (!open->lane.mark_bad(layout_)) held_.push_back(open);
    const auto found = lanes_.find(open->lane.part().day);
    if (found != lanes_.end() && found->second == open) lanes_.erase(found);
    std::erase(retired_, open);
}

void Writer::State::maintain() {
    Lock lock(mutex_);
    const std::int64_t now_ns = clock_.monotonic_ns();
    if (buffered_since_ns_ != 0 && now_ns - buffered_since_ns_ >= kBufferedDelayMsMax * kMsNs) {
        // Kept and tried again; the next append or flush() reports it.
        (void)flush_locked();
    }
    sync_due(lock, now_ns);
    give_up_idle(now_ns);
    housekeeping_due_ns_ = now_ns + kHousekeepingMs * kMsNs;
}

void Writer::State::sync_due(Lock& lock, std::int64_t now_ns) {
    std::vector<LanePtr> due;
    const auto note_if_due = [&](const LanePtr& open) {
        const bool is_due = open->unsynced_since_ns != 0 &&
                            now_ns - open->unsynced_since_ns >= kBackgroundSyncDelayMs * kMsNs;
        if (is_due) due.push_back(open);
    };
    for (const auto& [day, open] : lanes_) note_if_due(open);
    for (const LanePtr& open : retired_) note_if_due(open);
    for (const LanePtr& open : due) {
        // A failure is counted, and its part is taken out of use; nobody waits for this sync.
        (void)sync_through(lock, open, open->lane.last_seq());
    }
    // Those whose names could not be synced are not tried again: sync() reports it.
    std::erase_if(retired_, [](const LanePtr& open) {
        return open->unsynced_since_ns == 0 && !open->sync_running;
    });
}

void Writer::State::give_up_idle(std::int64_t now_ns) {
    const TimestampMs now = clock_.now();
    std::vector<Day> idle;
    for (const auto& [day, open] : lanes_) {
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
}

WriterStats Writer::State::stats() const {
    const Lock lock(mutex_);
    return stats_;
}

void Writer::State::wake_background() {
    if (!options_.background || stopping_) return;
    if (!background_.joinable()) {
        try {
            background_ = std::thread([this] { run_background(); });
        } catch (const std::system_error&) {
            return;  // No thread to be had now; the next event that has need of it tries again.
        }
    }
    background_wakes_.notify_one();
}

std::int64_t Writer::State::next_deadline_ns() const {
    std::int64_t deadline_ns = housekeeping_due_ns_;
    const auto consider = [&](std::int64_t since_ns, std::int64_t delay_ms) {
        if (since_ns != 0) deadline_ns = std::min(deadline_ns, since_ns + delay_ms * kMsNs);
    };
    consider(buffered_since_ns_, kBufferedDelayMsMax);
    for (const auto& [day, open] : lanes_)
        consider(open->unsynced_since_ns, kBackgroundSyncDelayMs);
    for (const LanePtr& open : retired_) consider(open->unsynced_since_ns, kBackgroundSyncDelayMs);
    return deadline_ns;
}

void Writer::State::run_background() {
    Lock lock(mutex_);
    while (!stopping_) {
        const std::int64_t wait_ns = next_deadline_ns() - clock_.monotonic_ns();
        if (wait_ns > 0) {
            background_wakes_.wait_for(lock, std::chrono::nanoseconds(wait_ns));
            continue;  // Woken early or late: look again.
        }
        lock.unlock();
        maintain();
        lock.lock();
    }
}

}  // namespace daybook::log
