#include "log/writer_state.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "log/reserve.h"
#include "os/kill_point.h"
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
// What one append may have waiting for a sync; a larger batch is synced in pieces.
constexpr std::size_t kPowerBytesMax = std::size_t{4} << 20;

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
      lanes_(layout_, stats_),
      sync_(layout_, clock_, lanes_, stats_),
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
            // The last words of a run do not wait for lines that found no room: the reserve is
            // for them, and what is buffered may be larger.
            const bool last_words = flushed.error().code() == ErrorCode::kNoSpace &&
                                    !drafts.empty() && drafts.front().may_use_reserve;
            if (!last_words) return {.error = std::move(flushed).error()};
        }
    }
    AppendOutcome outcome;
    while (outcome.accepted < drafts.size()) {
        AppendOutcome piece = append_piece(lock, drafts, outcome.accepted, wants_sync, stamper);
        outcome.accepted += piece.accepted;
        if (!piece.error) continue;
        const bool may_go_on = piece.error->code() == ErrorCode::kNoSpace &&
                               outcome.accepted < drafts.size() &&
                               drafts[outcome.accepted].may_use_reserve && give_up_reserve(layout_);
        if (!may_go_on) {
            outcome.error = std::move(piece.error);
            return outcome;
        }
        ++stats_.reserve_given_up;
        reserve_missing_ = true;
    }
    return outcome;
}

AppendOutcome Writer::State::append_piece(Lock& lock, std::span<const Draft> drafts,
                                          std::size_t begin, bool wants_sync, Stamper& stamper) {
    if (wants_sync) wait_for_room(lock);
    const TimestampMs now = draw_time();
    Progress progress{.wants_sync = wants_sync};
    Status status;
    std::size_t bytes = 0;
    for (std::size_t i = begin; i < drafts.size() && bytes < kPowerBytesMax; ++i) {
        const Draft& draft = drafts[i];
        const TimestampMs time = draft.timestamp.value_or(now);
        status = check_time(time);
        if (!status) break;
        stamper.stamp(i, draft.text, time);
        status = add_line(progress, day_of(time), {draft.text.data(), draft.text.size()});
        if (!status) break;
        if (wants_sync) bytes += draft.text.size() + kTrailerBytesMax;
    }
    // The drafts before one that cannot be written are written all the same.
    if (Status written = write_run(progress); !written) status = std::move(written);

    // The lines up to an error are in the log, and are acknowledged like any others.
    for (const Written& written : progress.written) {
        Status synced = sync_.through(lock, written.open, written.last);
        if (synced) continue;
        return {.accepted = written.accepted_before, .error = std::move(synced).error()};
    }
    AppendOutcome outcome{.accepted = progress.accepted};
    if (!status) outcome.error = std::move(status).error();
    return outcome;
}

// Lines that wait for a sync have to be kept until it has come.
void Writer::State::wait_for_room(Lock& lock) {
    while (!lanes_.budget().has_room_for_promised(kPowerBytesMax + kLineBytesMax)) {
        const std::vector<LanePtr> all = lanes_.all();
        const auto waiting = std::find_if(all.begin(), all.end(), [](const LanePtr& open) {
            return open->unsynced.has_promised();
        });
        if (waiting == all.end()) return;
        (void)sync_.through(lock, *waiting, (*waiting)->lane.last_seq());
    }
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
        ASSIGN_OR_RETURN(run.open, lanes_.get(day));
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
    look_for_sharing(open);
    os::kill_point(os::KillPoint::kWriterBeforeWrite);
    Lane::Outcome outcome = open.lane.append(lines_);
    std::size_t lines = run.count;
    if (outcome.error) {
        const auto end = lines_.begin() + static_cast<std::ptrdiff_t>(outcome.bytes);
        lines = static_cast<std::size_t>(std::count(lines_.begin(), end, '\n'));
    }
    if (lines > 0) {
        open.lane.note_synced_written();
        open.used = true;
        const std::string_view written = std::string_view(lines_).substr(0, outcome.bytes);
        stats_.unprotected += open.keep(written, lines, progress.wants_sync);
        note_unsynced(open, progress.wants_sync);
        open.keep_again(outcome, progress.wants_sync, stats_);
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
    if (!open.may_be_written()) lanes_.give_up(day);
    if (outcome.error) return fail(std::move(*outcome.error));
    return {};
}

// Here, because a writer may have no background thread, and a lane may have been taken long ago.
void Writer::State::look_for_sharing(OpenLane& open) {
    const std::int64_t now_ns = clock_.monotonic_ns();
    if (now_ns < open.sharing_due_ns) return;
    open.sharing_due_ns = now_ns + kSharingLookMs * kMsNs;
    open.lane.look_for_sharing(layout_);
}

void Writer::State::note_unsynced(OpenLane& open, bool sync_follows) {
    if (open.lane.size().value() >= kPartBytesPrepareNext && lanes_.wants_next()) [[unlikely]]
        wake_background();
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

Status Writer::State::flush() {
    const Lock lock(mutex_);
    return flush_locked();
}

Status Writer::State::sync() {
    Lock lock(mutex_);
    RETURN_IF_ERROR(flush_locked());
    return sync_.everything(lock);
}

void Writer::State::maintain() {
    Lock lock(mutex_);
    const std::int64_t now_ns = clock_.monotonic_ns();
    if (buffered_since_ns_ != 0 && now_ns - buffered_since_ns_ >= kBufferedDelayMsMax * kMsNs) {
        // Kept and tried again; the next append or flush() reports it.
        (void)flush_locked();
    }
    prepare_next(lock);
    sync_due(lock, now_ns);
    lanes_.give_up_idle(now_ns, clock_.now());
    if (now_ns < housekeeping_due_ns_) return;
    housekeeping_due_ns_ = now_ns + kHousekeepingMs * kMsNs;
    lanes_.retry_next();
    lanes_.budget().trim();
    if (reserve_missing_) reserve_missing_ = !make_reserve(layout_);
}

// Files and directories are made while others write, so that no caller waits for it.
void Writer::State::prepare_next(Lock& lock) {
    while (const std::optional<Day> day = lanes_.wants_next()) {
        lanes_.promise_next(*day);
        lock.unlock();
        Result<LaneSet::Prepared> prepared = lanes_.take_next(*day);
        lock.lock();
        lanes_.add_next(*day, std::move(prepared));
    }
}

void Writer::State::sync_due(Lock& lock, std::int64_t now_ns) {
    for (const LanePtr& open : lanes_.all()) {
        const bool is_due = open->unsynced_since_ns != 0 &&
                            now_ns - open->unsynced_since_ns >= kBackgroundSyncDelayMs * kMsNs;
        // A failure is counted, and its part is taken out of use; nobody waits for this sync.
        if (is_due) (void)sync_.through(lock, open, open->lane.last_seq());
    }
    // Those whose names could not be synced are not tried again: sync() reports it.
    lanes_.close_synced();
}

WriterStats Writer::State::stats() const {
    const Lock lock(mutex_);
    WriterStats stats = stats_;
    stats.buffered = buffered_.size();
    return stats;
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
    for (const LanePtr& open : lanes_.all()) {
        consider(open->unsynced_since_ns, kBackgroundSyncDelayMs);
    }
    if (lanes_.wants_next()) return 0;
    return deadline_ns;
}

void Writer::State::run_background() {
    // Signals are for the host's own threads.
    os::block_signals();
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
