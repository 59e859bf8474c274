#include "selftest/latency.h"

#include <numeric>

#include <gtest/gtest.h>

#include "os/test_support.h"

namespace daybook::selftest {
namespace {

TEST(Latency, PercentilesAreOfTheSamplesThemselves) {
    std::vector<std::int64_t> samples(100);
    std::iota(samples.begin(), samples.end(), 1);
    std::reverse(samples.begin(), samples.end());
    const Latency latency = summarize(samples);
    EXPECT_EQ(latency.count, 100u);
    EXPECT_EQ(latency.p50_ns, 50);
    EXPECT_EQ(latency.p90_ns, 90);
    EXPECT_EQ(latency.p99_ns, 99);
    EXPECT_EQ(latency.max_ns, 100);
}

TEST(Latency, TheHistogramHoldsEverySampleOnce) {
    using Histogram = std::vector<std::pair<std::int64_t, std::uint64_t>>;
    EXPECT_EQ(summarize({5, 8, 9, 70}).histogram,
              (Histogram{{8, 2}, {16, 1}, {32, 0}, {64, 0}, {128, 1}}));
    EXPECT_EQ(summarize({1}).histogram, (Histogram{{1, 1}}));
    EXPECT_EQ(summarize({}), Latency{});
}

TEST(Latency, IsReadableInEverySize) {
    EXPECT_EQ(human_ns(999), "999 ns");
    EXPECT_EQ(human_ns(1'240), "1.2 µs");
    EXPECT_EQ(human_ns(31'400), "31 µs");
    EXPECT_EQ(human_ns(999'600), "1.0 ms");
    EXPECT_EQ(human_ns(3'140'000), "3.1 ms");
    EXPECT_EQ(human_ns(1'400'000'000), "1.4 s");
}

TEST(Latency, IsMeasuredForWritesSyncsAndEvents) {
    const os::TempDir dir;
    const Speed speed =
        measure_speed({.dir = dir.path(), .budget_ns = 40'000'000, .not_durable = "in memory"})
            .value();
    EXPECT_GT(speed.write.count, 100u);
    EXPECT_GT(speed.sync.count, 100u);
    EXPECT_GT(speed.process.count, 100u);
    EXPECT_EQ(speed.power.count, 0u);
    EXPECT_GT(speed.write.p50_ns, 0);
    ASSERT_EQ(speed.checks.size(), 3u);
    // Memory is quick, and nobody took it for a disk.
    EXPECT_EQ(speed.checks[1].verdict, Verdict::kGood);
}

}  // namespace
}  // namespace daybook::selftest
