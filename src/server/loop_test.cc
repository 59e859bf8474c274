#include "server/loop.h"

#include <array>
#include <chrono>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "os/file.h"
#include "os/wake.h"
#include "query/session.h"
#include "server/test_ledger.h"
#include "support/extra_ledger.h"
#include "support/named_indexes.h"

namespace daybook::server {
namespace {

class LoopTest : public ::testing::Test {
protected:
    // Turns as the daemon does until `done`, or until a minute has passed.
    template <typename Done>
    bool turn_until(Done done) {
        const Nanoseconds deadline = now() + 60 * kSecond;
        while (!done()) {
            if (now() > deadline) return false;
            const Nanoseconds next = loop_->turn(told_).value();
            const std::array fds = {wake_.fd(), loop_->fd(now())};
            const Nanoseconds time = std::max<Nanoseconds>(next - now(), 0);
            const auto readable =
                os::wait_readable(fds, std::min(time, 100 * kMillisecond) / kMillisecond).value();
            (void)wake_.take();
            told_ = readable[1];
        }
        return true;
    }
    static Nanoseconds now() { return system_clock().monotonic_ns(); }
    Stats stats() const { return board_.stats(); }

    TestLedger ledger_;
    ServeOptions options_{.root = ledger_.root(), .interval_seconds = 3600};
    Board board_;
    Pulse pulse_;
    SyncDesk syncs_;
    os::UniqueFd nowhere_ = os::open_fd("/dev/null", O_WRONLY).value();
    DaemonLog log_{{.fd = nowhere_.get()}};
    os::WakeUp wake_ = os::WakeUp::make().value();
    bool told_ = false;
    std::unique_ptr<Loop> loop_ = Loop::open({.options = options_,
                                              .board = board_,
                                              .pulse = pulse_,
                                              .syncs = syncs_,
                                              .log = log_,
                                              .wake = [this] { wake_.signal(); }})
                                      .value();
};

TEST_F(LoopTest, IndexesWhatIsThereAndWhatComes) {
    EXPECT_GT(board_.oldest_news.load(), 0);
    ASSERT_TRUE(turn_until([&] { return stats().indexed_once; }));
    ledger_.emit("run.started", "r");
    ASSERT_TRUE(turn_until([&] { return stats().events_indexed == 1; }));
    ASSERT_TRUE(turn_until([&] { return board_.oldest_news.load() == 0; }));
    EXPECT_EQ(stats().log_parts, 1u);
}

TEST_F(LoopTest, SleepsUntilItsIntervalWhenNothingHappens) {
    ASSERT_TRUE(turn_until([&] { return stats().indexed_once; }));
    Nanoseconds next = 0;
    ASSERT_TRUE(turn_until([&] {
        next = loop_->turn(false).value();
        return next > now() + 3000 * kSecond;
    }));
}

TEST_F(LoopTest, AnswersASync) {
    ASSERT_TRUE(turn_until([&] { return stats().indexed_once; }));
    Result<SyncAnswer> answer = fail(ErrorCode::kInternal, "none");
    std::atomic<bool> answered{false};
    std::thread asker([&] {
        answer = syncs_.ask([this] { wake_.signal(); });
        answered = true;
    });
    EXPECT_TRUE(turn_until([&] { return answered.load(); }));
    asker.join();
    EXPECT_EQ(answer->digest.size(), 32u);
    EXPECT_FALSE(answer->published);
}

TEST_F(LoopTest, RecordsTheInterruptionOfARunWhoseOwnerIsDead) {
    ledger_.start("dead", TestLedger::dead_owner());
    ledger_.start("alive", os::this_process());
    ASSERT_TRUE(turn_until([&] { return stats().runs_interrupted == 1; }));
    // Its own event is indexed as any other.
    ASSERT_TRUE(turn_until([&] { return stats().events_indexed == 3; }));
    ASSERT_TRUE(turn_until([&] { return stats().running_runs == 1; }));
}

TEST_F(LoopTest, RecordsTheInterruptionOfARunThatAnotherBuilderHasIndexed) {
    ledger_.start("dead", TestLedger::dead_owner());
    ASSERT_TRUE(index::build(ledger_.root()));
    ASSERT_TRUE(turn_until([&] { return stats().runs_interrupted == 1; }));
}

TEST_F(LoopTest, SeesDamageThatAnotherBuilderHasMet) {
    ledger_.emit("run.started", "r");
    ASSERT_TRUE(turn_until([&] { return stats().events_indexed == 1; }));
    const std::string day = ledger_.root() + "/events/day=2026-01-01";
    ASSERT_TRUE(os::make_dirs(day));
    std::ofstream(day + "/part-000001.jsonl") << "{\"broken\n";
    ASSERT_TRUE(index::build(ledger_.root()));
    ASSERT_TRUE(turn_until([&] { return stats().open_damage == 1; }));
}

TEST_F(LoopTest, CannotGoOnWithALedgerOfAnotherFormat) {
    ASSERT_TRUE(os::write_file_atomic(ledger::LedgerDir(ledger_.root()).manifest_path(),
                                      "{\"format\":99}"));
    Result<Nanoseconds> turned = loop_->turn(false);
    for (int i = 0; i < 1000 && turned; ++i) {
        const std::array fds = {wake_.fd()};
        (void)os::wait_readable(fds, 10);
        turned = loop_->turn(false);
    }
    ASSERT_FALSE(turned);
    EXPECT_EQ(turned.error().code(), ErrorCode::kUnsupported);
}

class LoopSourcesTest : public LoopTest {
protected:
    LoopSourcesTest() {
        old_.lines().created("before", 1);
        indexes_.on_ask = [this] {
            query::ExtraIndexes found;
            if (attached_.load()) found.indexes.push_back(old_.index());
            return found;
        };
        options_.extra = &indexes_;
        loop_.reset();
        options_.interval_seconds = 0.1;
        loop_ = Loop::open({.options = options_,
                            .board = board_,
                            .pulse = pulse_,
                            .syncs = syncs_,
                            .log = log_,
                            .wake = [this] { wake_.signal(); }})
                    .value();
    }
    // Its worker uses what is below.
    ~LoopSourcesTest() override { loop_.reset(); }

    std::string published_runs() const {
        query::Session session = query::Session::open(ledger_.root(), {.threads = 1}).value();
        duck::Rows rows =
            session.query("SELECT string_agg(run_id, ' ' ORDER BY run_id) FROM latest_runs")
                .value();
        EXPECT_TRUE(rows.next().value());
        return rows.is_null(0) ? "" : rows.text(0);
    }

    testing::ExtraLedger old_{"old"};
    testing::NamedIndexes indexes_;
    std::atomic<bool> attached_{true};
};

TEST_F(LoopSourcesTest, RunsOfOldFilesArePublishedAtTheInterval) {
    ASSERT_TRUE(turn_until([&] { return stats().generation > 0; }));
    ASSERT_TRUE(turn_until([&] { return published_runs() == "before"; }));
    // What comes of the log does not lose them, and what comes of the files is seen.
    ledger_.emit("run.started", "new");
    ASSERT_TRUE(turn_until([&] { return published_runs() == "before new"; }));
    old_.lines().created("earlier", 0);
    ASSERT_TRUE(turn_until([&] { return published_runs() == "before earlier new"; }));
    attached_ = false;
    ASSERT_TRUE(turn_until([&] { return published_runs() == "new"; }));
    const std::uint64_t generation = stats().generation;
    const int asked = indexes_.asked;
    ASSERT_TRUE(turn_until([&] { return indexes_.asked > asked + 3; }));
    EXPECT_EQ(stats().generation, generation) << "nothing new is not published";
}

// A file whose owner writes all the time: each look takes longer than the interval.
TEST_F(LoopSourcesTest, LongLooksAtOldFilesKeepNothingElseWaiting) {
    indexes_.on_ask = [this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        query::ExtraIndexes found;
        found.indexes.push_back(old_.index());
        return found;
    };
    ASSERT_TRUE(turn_until([&] { return indexes_.asked > 1; }));
    ledger_.start("dead", TestLedger::dead_owner());
    const int asked = indexes_.asked;
    const Nanoseconds began = now();
    ASSERT_TRUE(turn_until([&] { return stats().runs_interrupted == 1; }));
    // Each look is followed by ten times its length without one.
    ASSERT_TRUE(turn_until([&] { return now() - began > 4 * kSecond; }));
    EXPECT_LE(indexes_.asked, asked + 1 + (now() - began) / (3 * kSecond));
}

// The daemon that published them is gone, and the log says nothing new.
TEST_F(LoopSourcesTest, WhatWasDetachedMeanwhileIsNoLongerShown) {
    ASSERT_TRUE(turn_until([&] { return stats().generation > 0; }));
    ASSERT_TRUE(turn_until([&] { return published_runs() == "before"; }));
    loop_.reset();
    attached_ = false;
    loop_ = Loop::open({.options = options_,
                        .board = board_,
                        .pulse = pulse_,
                        .syncs = syncs_,
                        .log = log_,
                        .wake = [this] { wake_.signal(); }})
                .value();
    ASSERT_TRUE(turn_until([&] { return published_runs().empty(); }));
}

}  // namespace
}  // namespace daybook::server
