#include "server/board.h"

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

namespace daybook::server {
namespace {

TEST(Board, TheLagIsThatOfTheOldestNews) {
    Board board;
    EXPECT_EQ(board.lag_seconds(100 * kSecond), 0);
    board.oldest_news = 98 * kSecond;
    EXPECT_EQ(board.lag_seconds(100 * kSecond), 2);
    EXPECT_EQ(board.lag_seconds(97 * kSecond), 0);
}

TEST(Pulse, ALoopThatSleepsAsItSaidIsNotStuck) {
    Pulse pulse;
    pulse.turned(100 * kSecond);
    EXPECT_EQ(pulse.problem(99 * kSecond), "");
    EXPECT_EQ(pulse.problem(100 * kSecond + kTurnDelayMax), "");
    EXPECT_EQ(pulse.problem(116 * kSecond), "the loop is 16 s late");
}

TEST(Pulse, WorkMayTakeLongIfItComesOn) {
    Pulse pulse;
    const auto problem = [&](Nanoseconds now) {
        pulse.turned(now);
        return pulse.problem(now);
    };
    EXPECT_EQ(problem(100 * kSecond), "");
    pulse.worked(100 * kSecond);
    EXPECT_EQ(problem(1000 * kSecond), "");
    EXPECT_EQ(problem(1001 * kSecond), "the work under way has not come on for 901 s");
    pulse.worked(1001 * kSecond);
    EXPECT_EQ(problem(1002 * kSecond), "");
    pulse.rests();
    EXPECT_EQ(problem(9999 * kSecond), "");
}

class SyncDeskTest : public ::testing::Test {
protected:
    // Asks in a thread of its own, and returns once the request is there.
    std::thread ask(Result<SyncAnswer>& answer) {
        std::atomic<bool> asked{false};
        std::thread thread(
            [this, &answer, &asked] { answer = desk_.ask([&asked] { asked.store(true); }); });
        while (!asked.load()) std::this_thread::yield();
        return thread;
    }
    SyncDesk desk_;
};

TEST_F(SyncDeskTest, ABuildAnswersThoseWhoAskedBeforeItBegan) {
    Result<SyncAnswer> first = fail(ErrorCode::kInternal, "none");
    Result<SyncAnswer> second = first;
    EXPECT_FALSE(desk_.waiting());
    std::thread one = ask(first);
    EXPECT_TRUE(desk_.waiting());
    desk_.begin();
    EXPECT_FALSE(desk_.waiting());
    std::thread two = ask(second);
    desk_.finish(SyncAnswer{.generation = 1});
    one.join();
    EXPECT_EQ(first->generation, 1u);
    EXPECT_TRUE(desk_.waiting());
    desk_.begin();
    desk_.finish(fail(ErrorCode::kNoSpace, "full"));
    two.join();
    EXPECT_EQ(second.error().code(), ErrorCode::kNoSpace);
}

TEST_F(SyncDeskTest, StoppingSendsEverybodyHome) {
    Result<SyncAnswer> answer = fail(ErrorCode::kInternal, "none");
    std::thread asker = ask(answer);
    desk_.close();
    asker.join();
    EXPECT_EQ(answer.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(desk_.ask([] {}).error().code(), ErrorCode::kCancelled);
}

TEST_F(SyncDeskTest, OnlySoManyMayWait) {
    std::vector<Result<SyncAnswer>> answers(kSyncsMax, fail(ErrorCode::kInternal, "none"));
    std::vector<std::thread> askers;
    for (Result<SyncAnswer>& answer : answers) askers.push_back(ask(answer));
    EXPECT_EQ(desk_.ask([] {}).error().code(), ErrorCode::kBusy);
    desk_.close();
    for (std::thread& asker : askers) asker.join();
}

}  // namespace
}  // namespace daybook::server
