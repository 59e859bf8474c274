#include "server/maintainer.h"

#include <array>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/wake.h"

namespace daybook::server {
namespace {

using lifecycle::Deed;
using lifecycle::Outcome;
using lifecycle::Task;

constexpr std::int64_t kHourMs = 3'600'000;

// Tasks that end as they are told, on a clock that moves while none is under way.
class MaintainerTest : public ::testing::Test {
protected:
    void open() {
        maintainer_ = std::make_unique<Maintainer>(Maintainer::Surroundings{
            .options = options_,
            .board = board_,
            .log = log_,
            .clock = clock_,
            .wake = [this] { wake_.signal(); },
            .perform = [this](Task task, lifecycle::Pace& pace) { return perform_(task, pace); }});
    }
    // Turns until nothing is due; when something is.
    Nanoseconds settle() {
        Nanoseconds next = maintainer_->turn(now());
        while (stats().working) {
            const std::array fds = {wake_.fd()};
            (void)os::wait_readable(fds, 10'000);
            (void)wake_.take();
            next = maintainer_->turn(now());
        }
        return next;
    }
    void turn_to_the_next() {
        clock_.advance_ms((settle() - now() + kMillisecond - 1) / kMillisecond);
    }
    Nanoseconds now() const { return clock_.monotonic_ns(); }
    MaintenanceStats stats() const { return board_.stats().maintenance.value(); }
    std::uint64_t count(Task task, Outcome outcome) const {
        return stats()
            .tasks[static_cast<std::size_t>(task)]
            .outcomes[static_cast<std::size_t>(outcome)];
    }

    MaintenanceOptions options_{.pace = {}};
    ManualClock clock_{TimestampMs(1'769'159'700'250)};
    Board board_;
    os::UniqueFd nowhere_ = os::open_fd("/dev/null", O_WRONLY).value();
    DaemonLog log_{{.fd = nowhere_.get()}};
    os::WakeUp wake_ = os::WakeUp::make().value();
    std::function<Deed(Task, lifecycle::Pace&)> perform_ = [](Task, lifecycle::Pace&) {
        return Deed{};
    };
    std::unique_ptr<Maintainer> maintainer_;
};

TEST_F(MaintainerTest, DoesEachTaskWhenItIsDue) {
    open();
    const Nanoseconds begun = now();
    while (now() - begun < 48 * kHourMs * kMillisecond) turn_to_the_next();
    EXPECT_EQ(count(Task::kArchive, Outcome::kIdle), 48u);
    EXPECT_EQ(count(Task::kTrash, Outcome::kIdle), 48u);
    EXPECT_EQ(count(Task::kRetain, Outcome::kIdle), 2u);
    EXPECT_EQ(count(Task::kCollect, Outcome::kIdle), 2u);
}

TEST_F(MaintainerTest, OneThatFailsHindersNoOtherAndIsTriedAgain) {
    perform_ = [](Task task, lifecycle::Pace&) {
        if (task == Task::kArchive) return Deed{.outcome = Outcome::kFailed, .text = "disk full"};
        return Deed{.outcome = Outcome::kDone, .bytes = 1000};
    };
    open();
    const Nanoseconds begun = now();
    while (now() - begun < 3 * kHourMs * kMillisecond) turn_to_the_next();
    // 1, 2, 4, 8, 16, 32, 60 minutes after each other.
    EXPECT_EQ(count(Task::kArchive, Outcome::kFailed), 8u);
    EXPECT_EQ(count(Task::kTrash, Outcome::kDone), 3u);
    const TaskStats trash = stats().tasks[static_cast<std::size_t>(Task::kTrash)];
    EXPECT_EQ(trash.bytes, 3000u);
    EXPECT_GT(trash.last_success_at, 1'769'159'700);
    EXPECT_EQ(stats().tasks[static_cast<std::size_t>(Task::kArchive)].last_success_at, 0);
}

TEST_F(MaintainerTest, AWallClockThatJumpsAYearChangesNothing) {
    open();
    for (int i = 0; i < 20; ++i) turn_to_the_next();
    const Nanoseconds next = settle();
    for (const std::int64_t days : {365, -365}) {
        clock_.step_to(clock_.now() + days * 24 * kHourMs);
        EXPECT_EQ(settle(), next);
    }
}

TEST_F(MaintainerTest, StopsInTheMiddleOfARest) {
    std::atomic<bool> begun{false};
    options_.pace.bytes_per_second = 1;
    perform_ = [&](Task, lifecycle::Pace& pace) {
        begun = true;
        while (pace.go_on(1'000'000)) {
        }
        return Deed{.outcome = Outcome::kStopped};
    };
    open();
    clock_.advance_ms(kHourMs);
    (void)maintainer_->turn(now());
    while (!begun.load()) std::this_thread::yield();
    const Nanoseconds asked = system_clock().monotonic_ns();
    maintainer_.reset();
    EXPECT_LT(system_clock().monotonic_ns() - asked, kSecond);
}

TEST_F(MaintainerTest, BeginsNothingOnceItIsCancelled) {
    std::atomic<int> performed{0};
    perform_ = [&](Task, lifecycle::Pace& pace) {
        if (!pace.begin()) return Deed{.outcome = Outcome::kStopped};
        ++performed;
        return Deed{};
    };
    open();
    maintainer_->cancel();
    for (int i = 0; i < 5; ++i) {
        clock_.advance_ms(kHourMs);
        (void)maintainer_->turn(now());
    }
    maintainer_.reset();
    EXPECT_EQ(performed.load(), 0);
}

}  // namespace
}  // namespace daybook::server
