#include "ledger/heartbeat.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include <gtest/gtest.h>

#include "log/fork_guard.h"

namespace daybook::ledger {
namespace {

class CountingSink final : public event::EventSink {
public:
    Result<event::Receipt> emit(std::string_view run_id, const event::Payload& payload,
                                const event::EmitOptions& /*options*/) override {
        EXPECT_EQ(run_id, "r");
        EXPECT_TRUE(std::holds_alternative<event::RunHeartbeat>(payload));
        ++count;
        return fail(ErrorCode::kNoSpace, "a full disk stops no heart");
    }
    bool reaches(int wanted) const {
        for (int i = 0; i < 1000 && count < wanted; ++i) ::usleep(10'000);
        return count >= wanted;
    }

    std::atomic<int> count = 0;
};

TEST(Heartbeat, ComesAtOnceAndThenAgain) {
    log::watch_forks();
    CountingSink sink;
    {
        Heartbeat heartbeat(sink, "r", 20);
        EXPECT_TRUE(sink.reaches(3));
        heartbeat.stop();
        const int stopped = sink.count;
        ::usleep(100'000);
        EXPECT_EQ(sink.count, stopped);
        heartbeat.stop();
    }
    const int before = sink.count;
    {
        const Heartbeat rare(sink, "r", 3'600'000);
    }
    EXPECT_LE(sink.count, before + 1);
}

TEST(Heartbeat, IsItsParentsInAForkedChild) {
    log::watch_forks();
    CountingSink sink;
    auto heartbeat = std::make_unique<Heartbeat>(sink, "r", 20);
    ASSERT_TRUE(sink.reaches(1));
    const pid_t child = ::fork();
    if (child == 0) {
        const int inherited = sink.count;
        ::usleep(100'000);
        heartbeat.reset();
        ::_exit(sink.count == inherited ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_TRUE(sink.reaches(sink.count + 2));
}

}  // namespace
}  // namespace daybook::ledger
