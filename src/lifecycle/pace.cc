#include "lifecycle/pace.h"

#include <algorithm>

namespace daybook::lifecycle {
namespace {

constexpr double kSecondNs = 1e9;
// Shorter rests are saved up: a sleep has a price of its own.
constexpr std::int64_t kRestNsMin = 5'000'000;
// What may be used at once after a time in which less was used than is allowed.
constexpr double kSavedNsMax = 100e6;
// How often growth is looked at while it is too fast.
constexpr std::int64_t kLookNs = 200'000'000;
constexpr int kCalmWindows = 2;

}  // namespace

void Budget::resume(std::int64_t now_ns) {
    const auto passed = static_cast<double>(now_ns - seen_ns_);
    bytes_owed_ns_ = std::max(bytes_owed_ns_ - passed, -kSavedNsMax);
    time_owed_ns_ = std::max(time_owed_ns_ - passed, 0.0);
    seen_ns_ = now_ns;
}

std::int64_t Budget::spend(std::uint64_t bytes, std::int64_t now_ns) {
    const auto worked = static_cast<double>(now_ns - seen_ns_);
    seen_ns_ = now_ns;
    if (limits_.bytes_per_second > 0) {
        const double due =
            static_cast<double>(bytes) * kSecondNs / static_cast<double>(limits_.bytes_per_second);
        bytes_owed_ns_ = std::max(bytes_owed_ns_ - worked, -kSavedNsMax) + due;
    }
    time_owed_ns_ += worked * (1 - limits_.time_share) / limits_.time_share;
    const auto owed = static_cast<std::int64_t>(std::max(bytes_owed_ns_, time_owed_ns_));
    return owed < kRestNsMin ? 0 : owed;
}

bool Pressure::grows(std::uint64_t bytes, std::int64_t ns, std::uint64_t limit) const {
    return static_cast<double>(bytes) * kSecondNs >
           static_cast<double>(limit) * static_cast<double>(ns);
}

void Pressure::end_window(std::uint64_t appended, std::int64_t now_ns) {
    const bool calm = !grows(appended - appended_, now_ns - *begun_ns_, limits_.pause_above / 2);
    calm_windows_ = calm ? calm_windows_ + 1 : 0;
    begun_ns_ = now_ns;
    appended_ = appended;
}

bool Pressure::look(std::uint64_t appended, std::int64_t now_ns) {
    if (limits_.pause_above == 0) return false;
    // Nobody has looked for long: what has come meanwhile says nothing about now.
    const bool is_old = begun_ns_ && now_ns - *begun_ns_ > 2 * limits_.window_ns;
    if (!begun_ns_ || (is_old && !paused_since_)) {
        begun_ns_ = now_ns;
        appended_ = appended;
    }
    // A window needs not be over for what has come in it to be too much.
    const std::int64_t passed_ns = std::max(now_ns - *begun_ns_, limits_.window_ns);
    const bool fast = grows(appended - appended_, passed_ns, limits_.pause_above);
    if (now_ns - *begun_ns_ >= limits_.window_ns) end_window(appended, now_ns);
    if (fast) calm_windows_ = 0;
    if (!paused_since_) {
        if (!fast || now_ns < exempt_until_) return false;
        paused_since_ = now_ns;
        return true;
    }
    const bool too_long = now_ns - *paused_since_ >= kPauseNsMax;
    if (too_long) exempt_until_ = now_ns + kPauseNsMax;
    if (too_long || calm_windows_ >= kCalmWindows) paused_since_.reset();
    return paused_since_.has_value();
}

bool Pace::rest(std::int64_t ns) {
    stopped_ = stopped_ || !around_.rest(ns);
    return !stopped_;
}

bool Pace::wait_for_calm() {
    while (pressure_.look(around_.appended(), around_.clock.monotonic_ns())) {
        const std::int64_t begun = around_.clock.monotonic_ns();
        if (!rest(kLookNs)) return false;
        paused_ns_ += around_.clock.monotonic_ns() - begun;
    }
    return true;
}

bool Pace::begin() {
    if (!rest(0) || !wait_for_calm()) return false;
    budget_.resume(around_.clock.monotonic_ns());
    return true;
}

bool Pace::go_on(std::uint64_t bytes) {
    std::int64_t owed = budget_.spend(bytes, around_.clock.monotonic_ns());
    // In pieces, so that a burst of the log's is not missed: its windows are short.
    do {
        const std::int64_t piece = std::min(owed, kLookNs);
        if (!rest(piece) || !wait_for_calm()) return false;
        owed -= piece;
    } while (owed > 0);
    budget_.resume(around_.clock.monotonic_ns());
    return true;
}

}  // namespace daybook::lifecycle
