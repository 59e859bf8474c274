#include "server/api.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "support/temp_dir.h"

namespace daybook::server {
namespace {

class ApiTest : public ::testing::Test {
protected:
    ApiTest() {
        board_.update([](Stats& stats) {
            stats.role = Role::kActive;
            stats.indexed_once = true;
        });
        pulse_.turned(clock_.monotonic_ns());
    }
    HttpResponse ask(const std::string& method, const std::string& path) const {
        return routes_.answer({.method = method, .path = path});
    }
    static bool says(const HttpResponse& response, std::string_view text) {
        return response.body.find(text) != std::string::npos;
    }

    testing::TempDir dir_;
    ManualClock clock_{TimestampMs(1'769'159'700'250)};
    Board board_;
    Pulse pulse_;
    SyncDesk syncs_;
    std::atomic<int> woken_{0};
    ApiContext context_{.root = dir_.path(),
                        .board = board_,
                        .pulse = pulse_,
                        .syncs = syncs_,
                        .limits = {.lag_seconds_max = 60},
                        .started = clock_.now(),
                        .wake = [this] { ++woken_; },
                        .clock = clock_};
    Routes routes_ = make_routes(context_);
};

TEST_F(ApiTest, ALoopThatDoesNotTurnIsNotAlive) {
    EXPECT_EQ(ask("GET", "/livez").status, 200);
    clock_.advance_ms(16'000);
    EXPECT_EQ(ask("GET", "/livez").status, 503);
    EXPECT_TRUE(says(ask("GET", "/livez"), "the loop is 16 s late"));
    EXPECT_EQ(ask("GET", "/healthz").status, 503);
    EXPECT_EQ(ask("GET", "/readyz").status, 200);
}

TEST_F(ApiTest, ReadyMeansThatNothingIsAgainstIt) {
    EXPECT_EQ(ask("GET", "/readyz").status, 200);
    board_.oldest_news = clock_.monotonic_ns();
    clock_.advance_ms(61'000);
    pulse_.turned(clock_.monotonic_ns());
    EXPECT_EQ(ask("GET", "/readyz").status, 503);
    EXPECT_TRUE(says(ask("GET", "/readyz"), "index_lag"));
    EXPECT_EQ(ask("GET", "/healthz").status, 503);
    EXPECT_TRUE(says(ask("GET", "/metrics"), "\ndaybook_ready 0\n"));
    EXPECT_TRUE(says(ask("GET", "/metrics"), "\ndaybook_index_lag_seconds 61\n"));
}

TEST_F(ApiTest, MetricsAreText) {
    const HttpResponse response = ask("GET", "/metrics");
    EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_TRUE(says(response, "\ndaybook_start_time_seconds 1769159700.25\n"));
    EXPECT_TRUE(says(response, "\ndaybook_disk_free_bytes "));
}

TEST_F(ApiTest, ASyncWaitsForABuild) {
    HttpResponse response;
    std::thread asker([&] { response = ask("POST", "/api/v1/sync"); });
    while (woken_ == 0) std::this_thread::yield();
    syncs_.begin();
    syncs_.finish(SyncAnswer{
        .generation = 3, .events = 4, .digest = "ab", .seconds = 0.5, .published = true});
    asker.join();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body,
              "{\"generation\":3,\"events\":4,\"digest\":\"ab\",\"seconds\":0.500000,"
              "\"published\":true}\n");
    EXPECT_EQ(board_.stats().syncs, 1u);
}

TEST_F(ApiTest, ASyncThatFailsIsAProblem) {
    syncs_.close();
    EXPECT_EQ(ask("POST", "/api/v1/sync").status, 503);
    EXPECT_EQ(ask("POST", "/api/v1/sync").content_type, "application/problem+json");
    board_.update([](Stats& stats) {
        stats.role = Role::kStandby;
        stats.holder = "pid 7 on box";
    });
    EXPECT_TRUE(says(ask("POST", "/api/v1/sync"), "served by pid 7 on box"));
}

}  // namespace
}  // namespace daybook::server
