#include "server/worker.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

TEST(Worker, DoesOneThingAfterTheOtherInItsOwnThread) {
    std::atomic<int> done{0};
    Worker worker([&] { ++done; });
    std::thread::id where;
    for (int i = 1; i <= 3; ++i) {
        EXPECT_FALSE(worker.busy());
        worker.start([&] { where = std::this_thread::get_id(); });
        while (worker.busy()) std::this_thread::yield();
        EXPECT_NE(where, std::this_thread::get_id());
        while (done.load() < i) std::this_thread::yield();
    }
}

TEST(Worker, IsBusyUntilTheWorkIsDone) {
    std::atomic<bool> go{false};
    Worker worker([] {});
    worker.start([&] {
        while (!go.load()) std::this_thread::yield();
    });
    EXPECT_TRUE(worker.busy());
    go = true;
    while (worker.busy()) std::this_thread::yield();
}

TEST(Worker, FinishesWhatItHasBegunBeforeItGoes) {
    std::atomic<bool> finished{false};
    {
        Worker worker([] {});
        worker.start([&] {
            std::this_thread::yield();
            finished = true;
        });
    }
    EXPECT_TRUE(finished.load());
}

}  // namespace
}  // namespace daybook::server
