#include "backtest/parallel.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::backtest {
namespace {

TEST(ParallelFor, VisitsEachItemOnce) {
    for (const std::size_t count : {0u, 1u, 15u, 16u, 17u, 1000u}) {
        for (const unsigned threads : {0u, 1u, 2u, 7u}) {
            std::vector<int> visits(count);
            parallel_for(count, threads, [&](std::size_t i) { ++visits[i]; });
            EXPECT_EQ(visits, std::vector<int>(count, 1)) << count << " by " << threads;
        }
    }
}

TEST(ParallelFor, ReportsProgressFromTheCallersThreadAlone) {
    const auto caller = std::this_thread::get_id();
    std::size_t last = 0;
    parallel_for(
        100, 1, [](std::size_t) {},
        [&](std::size_t done) {
            EXPECT_EQ(std::this_thread::get_id(), caller);
            EXPECT_GT(done, last);
            last = done;
        });
    EXPECT_EQ(last, 100u);
}

}  // namespace
}  // namespace daybook::backtest
