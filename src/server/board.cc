#include "server/board.h"

#include <algorithm>

#include <fmt/format.h>

namespace daybook::server {

double Board::lag_seconds(Nanoseconds now) const {
    const Nanoseconds since = oldest_news.load();
    return since == 0 ? 0 : static_cast<double>(std::max<Nanoseconds>(now - since, 0)) / 1e9;
}

std::string Pulse::problem(Nanoseconds now) const {
    const auto seconds = [](Nanoseconds time) { return static_cast<double>(time) / 1e9; };
    if (const Nanoseconds late = now - due_.load(); late > kTurnDelayMax) {
        return fmt::format("the loop is {:.0f} s late", seconds(late));
    }
    const Nanoseconds worked = worked_.load();
    if (worked != 0 && now - worked > kWorkDelayMax) {
        return fmt::format("the work under way has not come on for {:.0f} s",
                           seconds(now - worked));
    }
    return "";
}

Result<SyncAnswer> SyncDesk::ask(const std::function<void()>& wake) {
    std::unique_lock lock(mutex_);
    if (closed_) return fail(ErrorCode::kCancelled, "sync: the daemon does not index");
    if (waiting_ == kSyncsMax) {
        return fail(ErrorCode::kBusy, "sync: {} requests wait already; try again", kSyncsMax);
    }
    ++waiting_;
    const std::uint64_t mine = ++asked_;
    wake();
    answered_.wait(lock, [&] { return closed_ || finished_ >= mine; });
    --waiting_;
    if (finished_ < mine) return fail(ErrorCode::kCancelled, "sync: the daemon stops");
    return *answer_;
}

bool SyncDesk::waiting() const {
    const std::lock_guard lock(mutex_);
    return asked_ > begun_;
}

void SyncDesk::begin() {
    const std::lock_guard lock(mutex_);
    begun_ = asked_;
}

void SyncDesk::finish(const Result<SyncAnswer>& answer) {
    const std::lock_guard lock(mutex_);
    finished_ = begun_;
    answer_ = answer;
    answered_.notify_all();
}

void SyncDesk::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    answered_.notify_all();
}

}  // namespace daybook::server
