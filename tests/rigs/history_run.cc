#include "rigs/history_run.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "support/sim_start.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kWriters = 3;
constexpr std::uint64_t kStepsMin = 8;
constexpr std::uint64_t kStepsMore = 32;
constexpr std::array kDurabilities = {Durability::kProcess, Durability::kPower,
                                      Durability::kBuffered};
constexpr std::array kDurabilityWords = {"process", "power", "buffered"};

}  // namespace

HistoryRun::HistoryRun(std::uint64_t seed) : random_(seed) {
    const auto start = static_cast<Start>(draw(kStarts));
    const Beginning& beginning = beginning_of(start);
    log_ = std::make_unique<SimLog>(beginning.tree, beginning.promises);
    log_->keep_moments();
    power_was_cut_ = start == Start::kBooted;
    last_ = read_log(log_->fs());
    told_.push_back(fmt::format("begin with {}", to_string(start)));
}

std::string HistoryRun::run() {
    const std::uint64_t steps = kStepsMin + draw(kStepsMore);
    std::string problem;
    for (std::uint64_t i = 0; i < steps && problem.empty(); ++i) {
        ++steps_;
        log_->forget_moments();
        told_.push_back(act());
        problem = log_->problem();
        if (!problem.empty()) break;
        const std::uint64_t what_then = draw(16);
        if (what_then < 2) {
            problem = crash();
        } else {
            problem = compare();
            if (problem.empty() && what_then == 2) problem = flip_a_bit();
        }
    }
    if (problem.empty()) return "";
    problem += '\n';
    for (const std::string& step : told_) problem += "  " + step + '\n';
    return problem;
}

std::string HistoryRun::act() {
    switch (draw(13)) {
        case 0:
        case 1: return take_care();
        case 2: return pass_time();
        case 3: return append_on_a_failing_disk();
        case 4: (void)log_->publish(); return "replace a file";
        case 5: return log_->seal() ? "seal what has ended" : "seal: refused";
        default: return append();
    }
}

std::string HistoryRun::append() {
    const std::uint64_t writer = draw(kWriters);
    const std::uint64_t durability = draw(kDurabilities.size());
    std::vector<SimLog::EventSpec> events(1 + draw(3));
    for (SimLog::EventSpec& event : events) {
        event.bytes = draw(10) == 0 ? kLongEventBytes : draw(400);
        // Now and then of a day gone by, as imports have them.
        if (draw(12) == 0) event.time = log_->now() + -static_cast<std::int64_t>(draw(9)) * kDayMs;
    }
    const std::size_t first = log_->promises().size();
    const bool accepted = log_->append(writer, events, kDurabilities[durability]);
    return fmt::format("writer {} appends {} from e{} on at {}: {}", writer, events.size(), first,
                       kDurabilityWords[durability], accepted ? "accepted" : "refused");
}

std::string HistoryRun::append_on_a_failing_disk() {
    const std::uint64_t writer = draw(kWriters);
    constexpr std::array kCalls = {os::Call::kFdatasync, os::Call::kFsync, os::Call::kWrite,
                                   os::Call::kOpen, os::Call::kFtruncate};
    std::string how;
    if (draw(2) == 0) {
        const std::uint64_t room = draw(700);
        log_->fs().set_room(room);
        how = fmt::format("with room for {} bytes", room);
    } else {
        const os::Call call = kCalls[draw(kCalls.size())];
        const std::uint64_t times = 1 + draw(3);
        for (std::uint64_t i = 0; i < times; ++i) log_->fs().fail(call, 1, EIO);
        how = fmt::format("while {} fails {} times", os::to_string(call), times);
    }
    const bool at_power = draw(2) == 0;
    const std::size_t first = log_->promises().size();
    const std::uint64_t events = 1 + draw(3);
    const SimLog::EventSpec spec{.may_use_reserve = draw(2) == 0};
    const bool accepted = log_->append(writer, std::vector(events, spec),
                                       at_power ? Durability::kPower : Durability::kProcess);
    log_->fs().mend();
    return fmt::format("writer {} appends {} from e{} on at {} {}: {}", writer, events, first,
                       at_power ? "power" : "process", how, accepted ? "accepted" : "refused");
}

std::string HistoryRun::take_care() {
    const std::uint64_t writer = draw(kWriters);
    switch (draw(3)) {
        case 0:
            return fmt::format("writer {} flushes: {}", writer,
                               log_->flush(writer) ? "done" : "failed");
        case 1:
            return fmt::format("writer {} syncs: {}", writer,
                               log_->sync(writer) ? "done" : "failed");
        default: log_->close(writer); return fmt::format("writer {} closes", writer);
    }
}

std::string HistoryRun::pass_time() {
    constexpr std::array<std::int64_t, 4> kTimesMs = {kBufferedDelayMsMax, kBackgroundSyncMsMax,
                                                      kLaneIdleMs, kDayMs};
    const std::int64_t ms = kTimesMs[draw(kTimesMs.size())];
    log_->advance_ms(ms);
    log_->maintain();
    return fmt::format("{} ms pass, and what is due is done", ms);
}

Promised HistoryRun::promised() const {
    return {.events = &log_->promises(),
            .may_be_damaged = power_was_cut_ || !rotten_.empty(),
            .rotten = rotten_,
            .published = log_->published(),
            .sealed = &log_->sealed()};
}

std::string HistoryRun::compare() {
    Reading now = read_log(log_->fs());
    std::string problem = check_promises(now, promised());
    if (problem.empty()) problem = check_kept(last_, now);
    if (!problem.empty()) return problem;
    log_->take_note(events_found(now, log_->promises().size()));
    last_ = std::move(now);
    return "";
}

std::string HistoryRun::crash() {
    ++crashes_;
    std::vector<Moment> moments = log_->moments();
    moments.push_back(log_->this_moment());
    Crash crash = draw_crash(moments, random_);
    const Moment& moment = moments[crash.moment];
    if (has_unmarked_failure(moment.tree)) crash.power_cut = true;
    Aftermath aftermath = let_crash(moments, crash, std::nullopt, random_);
    told_.push_back("crash:\n" + aftermath.story);
    power_was_cut_ = power_was_cut_ || crash.power_cut;

    Promised then = promised();
    then.moment = moment.number;
    then.power_cut = crash.power_cut;
    then.may_be_damaged = then.may_be_damaged || crash.power_cut;
    then.published = moment.published;
    const TimestampMs now = log_->now();
    std::vector<Promise> promises = log_->promises();
    then.events = &promises;
    const std::vector<SealedPart> sealed = log_->sealed();
    then.sealed = &sealed;
    log_.reset();

    Reading left;
    {
        SimFs fs(aftermath.tree);
        const ScopedSimFs in_force(fs);
        left = read_log(fs);
    }
    std::string problem = check_promises(left, then);
    if (problem.empty() && !crash.power_cut) problem = check_kept(last_, left);
    Publication published = then.published;
    if (left.published.empty()) published.acknowledged = 0;
    log_ = std::make_unique<SimLog>(aftermath.tree, promises_after(left, then), published, now);
    log_->keep_moments();
    last_ = std::move(left);
    return problem;
}

}  // namespace daybook::testing
