#include "log/writer.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/test_support.h"

namespace daybook::log {
namespace {

using Ids = std::vector<std::string>;

class WriterTest : public LogTest {};

TEST_F(WriterTest, OpeningMakesTheDirectoryAndNoPart) {
    const auto writer = open_writer();
    EXPECT_TRUE(os::exists(layout_.events_dir()).value());
    EXPECT_TRUE(all_parts().empty());
}

TEST_F(WriterTest, ADirectoryThatCannotBeMadeIsAnError) {
    put_file(layout_.root(), "a file");
    EXPECT_FALSE(Writer::open(layout_, options()));
}

TEST_F(WriterTest, WhetherPowerCanBePromisedIsSaid) {
    const Layout in_memory("/dev/shm/daybook-writer-test");
    const auto writer = Writer::open(in_memory, options()).value();
    EXPECT_EQ(writer->power_problem(), "tmpfs keeps files in memory");
    EXPECT_TRUE(os::remove_tree(in_memory.root()));
}

TEST_F(WriterTest, LinesAreNumberedFromOneAndHoldTheDraftUnchanged) {
    const auto writer = open_writer();
    for (const char* id : {"a", "b", "c"}) EXPECT_EQ(append(*writer, id), std::nullopt);
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "c"}));
    expect_sound();
    std::string expected = draft_text("a");
    expected.replace(expected.find("0000000000000"), 13, std::to_string(kNoon.value()));
    append_trailer(expected, 0, Seq(1), Seq(0));
    EXPECT_EQ(part_bytes(1).substr(0, expected.size()), expected);
}

TEST_F(WriterTest, TheNextWriterContinuesThePart) {
    for (const char* id : {"a", "b", "c"}) append(*open_writer(), id);
    EXPECT_EQ(parts().size(), 1U);
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "c"}));
    expect_sound();
}

TEST_F(WriterTest, WritersAtTheSameTimeHavePartsOfTheirOwn) {
    const auto first = open_writer();
    const auto second = open_writer();
    append(*first, "a");
    append(*second, "b");
    append(*first, "c");
    EXPECT_EQ(parts().size(), 2U);
    EXPECT_EQ(read_ids(), (Ids{"a", "c", "b"}));
    expect_sound();
}

TEST_F(WriterTest, ABatchIsOneWrite) {
    const auto writer = open_writer();
    append(*writer, "a");
    os::Faults faults;
    EXPECT_EQ(append_all(*writer, {{"b"}, {"c"}, {"d"}}).accepted, 3U);
    EXPECT_EQ(faults.count(os::Call::kWrite), 1);
    EXPECT_EQ(faults.count(), 1);  // And nothing else.
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "c", "d"}));
}

TEST_F(WriterTest, NoDraftsIsNothingToDo) {
    const auto writer = open_writer();
    for (const Durability durability :
         {Durability::kBuffered, Durability::kProcess, Durability::kPower}) {
        const AppendOutcome outcome = append_all(*writer, {}, durability);
        EXPECT_EQ(outcome.accepted, 0U);
        EXPECT_FALSE(outcome.error);
    }
    EXPECT_TRUE(all_parts().empty());
}

TEST_F(WriterTest, ABatchLargerThanAWriteIsWrittenWhole) {
    const auto writer = open_writer();
    std::vector<Event> events;
    for (int i = 0; i < 9; ++i) {
        events.push_back({.id = std::to_string(i), .bytes = std::size_t{1} << 20});
    }
    EXPECT_EQ(append_all(*writer, events).accepted, 9U);
    EXPECT_EQ(read_ids().size(), 9U);
    expect_sound();
}

TEST_F(WriterTest, ShortWritesAreCompleted) {
    const auto writer = open_writer();
    os::Faults faults;
    faults.set_transfer_max(7);
    EXPECT_EQ(append_all(*writer, {{"a"}, {"b"}}).accepted, 2U);
    EXPECT_EQ(read_ids(), (Ids{"a", "b"}));
    expect_sound();
}

TEST_F(WriterTest, OnAFullDiskWhatIsWholeIsAcceptedAndLaterAppendsWork) {
    const std::vector<Event> batch = {{"b"}, {"c"}, {"d"}};
    const std::size_t line = whole_line("b", 2).size();
    for (std::size_t room = 0; room < 3 * line; ++room) {
        SCOPED_TRACE(room);
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        const auto writer = open_writer();
        append(*writer, "a");
        os::Faults faults;
        faults.set_room(static_cast<std::int64_t>(room));
        const AppendOutcome outcome = append_all(*writer, batch);
        EXPECT_EQ(outcome.accepted, room / line);
        ASSERT_TRUE(outcome.error);
        EXPECT_EQ(outcome.error->code(), ErrorCode::kNoSpace);
        EXPECT_EQ(part_bytes(1).back(), '\n');

        faults.set_endless_room();
        EXPECT_EQ(append(*writer, "z"), std::nullopt);
        Ids expected = {"a", "b", "c", "d"};
        expected.resize(1 + room / line);
        expected.push_back("z");
        EXPECT_EQ(read_ids(), expected);
        expect_sound();
        EXPECT_EQ(parts().size(), 1U);
        EXPECT_TRUE(evidence().empty());
    }
}

TEST_F(WriterTest, AFragmentThatCannotBeCutIsLeftAndWritingGoesOnElsewhere) {
    const auto writer = open_writer();
    append(*writer, "a");
    {
        os::Faults faults;
        faults.set_room(5);
        faults.fail(os::Call::kFtruncate, 1, EIO);
        EXPECT_EQ(append(*writer, "b"), ErrorCode::kNoSpace);
    }
    EXPECT_EQ(append(*writer, "c"), std::nullopt);
    EXPECT_EQ(read_ids(), (Ids{"a", "c"}));
    EXPECT_EQ(parts().size(), 2U);
    expect_sound();
}

TEST_F(WriterTest, ACallerNeverSeesAnInterruptedCall) {
    int calls = 0;
    {
        const auto writer = open_writer();
        os::Faults faults;
        append(*writer, "a", Durability::kPower);
        calls = faults.count();
    }
    for (int nth = 1; nth <= calls; ++nth) {
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        const auto writer = open_writer();
        os::Faults faults;
        faults.fail(nth, EINTR);
        EXPECT_EQ(append(*writer, "a", Durability::kPower), std::nullopt) << nth;
    }
}

// Whatever fails: what is acknowledged is there once, and the writer recovers.
TEST_F(WriterTest, EveryFailingCallOfAnAppendKeepsItsPromises) {
    for (const Durability durability : {Durability::kProcess, Durability::kPower}) {
        int calls = 0;
        {
            ASSERT_TRUE(os::remove_tree(layout_.root()));
            const auto writer = open_writer();
            os::Faults faults;
            append_all(*writer, {{"a"}, {"b"}}, durability);
            calls = faults.count();
            ASSERT_GT(calls, 3);
        }
        for (const int error_number : {EIO, ENOSPC, EACCES, ENOMEM}) {
            for (const bool for_good : {false, true}) {
                for (int nth = 1; nth <= calls; ++nth) {
                    SCOPED_TRACE(fmt::format("{} {} {}", error_number, for_good, nth));
                    ASSERT_TRUE(os::remove_tree(layout_.root()));
                    const auto writer = open_writer();
                    AppendOutcome outcome;
                    {
                        os::Faults faults;
                        faults.fail(nth, error_number, for_good);
                        outcome = append_all(*writer, {{"a"}, {"b"}}, durability);
                    }
                    ASSERT_EQ(outcome.accepted == 2, !outcome.error);
                    Ids ids = read_ids();
                    ASSERT_GE(ids.size(), outcome.accepted);
                    ASSERT_EQ(append(*writer, "z", durability), std::nullopt);
                    ids = read_ids();
                    ASSERT_EQ(std::count(ids.begin(), ids.end(), "z"), 1);
                    // Twice, if a sync failed and it was written again.
                    ASSERT_LE(std::count(ids.begin(), ids.end(), "a"),
                              writer->stats().rewritten > 0 ? 2 : 1);
                    ASSERT_GE(ids.size(), outcome.accepted + 1);
                    expect_sound();
                }
            }
        }
    }
}

TEST_F(WriterTest, ATimeThatNoDirectoryCanNameIsRefusedAndTheRestIsKept) {
    const auto writer = open_writer();
    for (const Durability durability : {Durability::kProcess, Durability::kBuffered}) {
        for (const std::int64_t ms :
             {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
              start_of(kDayMax).value() + kDayMs}) {
            const AppendOutcome outcome =
                append_all(*writer, {{"a"}, {"b", TimestampMs(ms)}, {"c"}}, durability);
            EXPECT_EQ(outcome.accepted, 1U);
            EXPECT_EQ(outcome.error->code(), ErrorCode::kInvalidArgument);
        }
    }
    EXPECT_TRUE(writer->flush());
    EXPECT_EQ(read_ids(), Ids(6, "a"));
    expect_sound();
}

TEST_F(WriterTest, PowerIsOneSyncAndTheFirstSyncsTheNamesToo) {
    const auto writer = open_writer();
    os::Faults faults;
    append(*writer, "a", Durability::kPower);
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 1);
    EXPECT_EQ(faults.count(os::Call::kFsync), 4);
    append_all(*writer, {{"b"}, {"c"}}, Durability::kPower);
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 2);
    EXPECT_EQ(faults.count(os::Call::kFsync), 4);
    EXPECT_EQ(writer->stats().syncs, 2U);
}

TEST_F(WriterTest, ProcessCallsNoSync) {
    const auto writer = open_writer();
    os::Faults faults;
    for (int i = 0; i < 100; ++i) append(*writer, "a");
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 0);
}

TEST_F(WriterTest, TheNextLineAfterASyncSaysHowFarItReached) {
    const auto writer = open_writer();
    append_all(*writer, {{"a"}, {"b"}}, Durability::kPower);
    append_all(*writer, {{"c"}, {"d"}});
    ASSERT_TRUE(writer->sync());
    append(*writer, "e");
    std::vector<std::uint64_t> synced;
    for (const Seen& line : read_all()) synced.push_back(line.synced.value());
    EXPECT_EQ(synced, (std::vector<std::uint64_t>{0, 0, 2, 0, 4}));
    expect_sound();
}

// A device whose syncs take a while, so that threads meet there.
std::atomic<int> slow_syncs;

TEST_F(WriterTest, ThreadsThatWantPowerAtOnceShareSyncs) {
    constexpr int kThreads = 8;
    constexpr int kEach = 10;
    os::Syscalls table = os::kernel_syscalls();
    slow_syncs = 0;
    table.fdatasync = [](int) {
        ++slow_syncs;
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        return 0;
    };
    const auto writer = open_writer();
    {
        const os::ScopedSyscalls scoped(table);
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                std::string text;
                TimeStamper stamper;
                for (int i = 0; i < kEach; ++i) {
                    text = draft_text(fmt::format("{}-{}", t, i));
                    const Draft draft{.text = std::span(text), .timestamp = std::nullopt};
                    EXPECT_EQ(writer->append({&draft, 1}, Durability::kPower, stamper).accepted,
                              1U);
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    EXPECT_EQ(read_ids().size(), std::size_t{kThreads * kEach});
    EXPECT_GE(slow_syncs, kEach);
    EXPECT_LE(slow_syncs, kThreads * kEach / 2);
    expect_sound();
}

TEST_F(WriterTest, ManyThreadsLoseAndRepeatNothing) {
    constexpr int kThreads = 8;
    constexpr int kEach = 2'000;
    const auto writer = Writer::open(layout_, {}).value();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            TimeStamper stamper;
            for (int i = 0; i < kEach; ++i) {
                std::string text = draft_text(fmt::format("{}-{}", t, i));
                const Draft draft{.text = std::span(text), .timestamp = std::nullopt};
                const Durability durability =
                    i % 3 == 0 ? Durability::kBuffered : Durability::kProcess;
                EXPECT_EQ(writer->append({&draft, 1}, durability, stamper).accepted, 1U);
                if (i % 500 == 0) {
                    EXPECT_TRUE(writer->flush());
                    (void)writer->stats();
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(writer->sync());
    const Ids ids = read_ids();
    EXPECT_EQ(ids.size(), std::size_t{kThreads * kEach});
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
    // Each thread's events come in its own order.
    std::map<std::string, int> last;
    for (const std::string& id : ids) {
        const std::string thread = id.substr(0, id.find('-'));
        const int number = std::stoi(id.substr(id.find('-') + 1));
        EXPECT_EQ(number, last[thread]++);
    }
    expect_sound();
    EXPECT_EQ(writer->stats().lines, ids.size());
}

class BufferedTest : public LogTest {};

TEST_F(BufferedTest, LinesWaitInMemoryUntilFlush) {
    const auto writer = open_writer();
    append(*writer, "a", Durability::kBuffered);
    append(*writer, "b", Durability::kBuffered);
    EXPECT_TRUE(all_parts().empty());
    os::Faults faults;
    EXPECT_TRUE(writer->flush());
    EXPECT_EQ(faults.count(os::Call::kWrite), 1);
    EXPECT_EQ(read_ids(), (Ids{"a", "b"}));
}

TEST_F(BufferedTest, WhatWasAcceptedEarlierComesFirst) {
    const auto writer = open_writer();
    append(*writer, "a", Durability::kBuffered);
    append(*writer, "b");
    append(*writer, "c", Durability::kBuffered);
    append(*writer, "d", Durability::kPower);
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "c", "d"}));
    expect_sound();
}

TEST_F(BufferedTest, FiftyMillisecondsAreTheLongestWait) {
    const auto writer = open_writer();
    append(*writer, "a", Durability::kBuffered);
    clock_.advance_ms(49);
    writer->maintain();
    EXPECT_TRUE(all_parts().empty());
    clock_.advance_ms(1);
    writer->maintain();
    EXPECT_EQ(read_ids(), Ids{"a"});
}

TEST_F(BufferedTest, TheBackgroundThreadWritesThemByItself) {
    const auto writer = Writer::open(layout_, {}).value();
    append(*writer, "a", Durability::kBuffered);
    for (int i = 0; i < 1000 && writer->stats().lines == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(read_ids(), Ids{"a"});
}

TEST_F(BufferedTest, SixtyFourKibibytesAreTheMostThatWait) {
    const auto writer = open_writer();
    std::size_t bytes = 0;
    int count = 0;
    while (writer->stats().lines == 0) {
        ASSERT_LT(bytes, 2 * kBufferedBytesMax);
        ASSERT_EQ(append(*writer, std::to_string(count++), Durability::kBuffered), std::nullopt);
        bytes += draft_text(std::to_string(count)).size();
    }
    EXPECT_GE(bytes, kBufferedBytesMax);
    ASSERT_TRUE(writer->flush());
    EXPECT_EQ(read_ids().size(), static_cast<std::size_t>(count));
    expect_sound();
}

TEST_F(BufferedTest, TheEndOfTheWriterFlushes) {
    append(*open_writer(), "a", Durability::kBuffered);
    EXPECT_EQ(read_ids(), Ids{"a"});
}

TEST_F(BufferedTest, SyncFlushesFirst) {
    const auto writer = open_writer();
    append(*writer, "a", Durability::kBuffered);
    os::Faults faults;
    EXPECT_TRUE(writer->sync());
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 1);
    EXPECT_EQ(read_ids(), Ids{"a"});
}

TEST_F(BufferedTest, ADiskThatRefusesForAWhileLosesNothingAndRepeatsNothing) {
    const std::size_t line = whole_line("a", 1).size();
    for (std::size_t room = 0; room <= 3 * line; room += 7) {
        SCOPED_TRACE(room);
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        const auto writer = open_writer();
        os::Faults faults;
        faults.set_room(static_cast<std::int64_t>(room));
        for (const char* id : {"a", "b", "c", "d"}) {
            EXPECT_EQ(append(*writer, id, Durability::kBuffered), std::nullopt);
        }
        EXPECT_EQ(writer->flush().error().code(), ErrorCode::kNoSpace);
        clock_.advance_ms(60);
        writer->maintain();
        // Nor may a later event overtake them.
        EXPECT_EQ(append(*writer, "e"), ErrorCode::kNoSpace);
        faults.set_endless_room();
        EXPECT_EQ(append(*writer, "e"), std::nullopt);
        EXPECT_EQ(read_ids(), (Ids{"a", "b", "c", "d", "e"}));
        expect_sound();
    }
}

TEST_F(BufferedTest, ADiskThatGoesOnRefusingIsAnErrorOnceMemoryIsUsedUp) {
    const auto writer = open_writer();
    os::Faults faults;
    faults.set_room(0);
    std::size_t accepted = 0;
    std::optional<ErrorCode> error;
    const std::vector<Event> big = {{.id = "x", .bytes = std::size_t{1} << 20}};
    while (!error && accepted < 50) {
        const AppendOutcome outcome = append_all(*writer, big, Durability::kBuffered);
        accepted += outcome.accepted;
        if (outcome.error) error = outcome.error->code();
    }
    EXPECT_EQ(error, ErrorCode::kNoSpace);
    EXPECT_EQ(accepted, 8U);
    faults.set_endless_room();
    EXPECT_TRUE(writer->flush());
    EXPECT_EQ(read_ids().size(), accepted);
    expect_sound();
}

// A host that waits for signals in a thread of its own has them blocked in all others.
TEST_F(WriterTest, ItsThreadGetsNoSignals) {
    const auto threads_without_sigterm = [] {
        int count = 0;
        const std::vector<os::DirEntry> threads = os::list_dir("/proc/self/task").value();
        for (const os::DirEntry& thread : threads) {
            const std::string path = "/proc/self/task/" + thread.name + "/status";
            std::ifstream file(path);
            std::string line;
            while (std::getline(file, line)) {
                if (!line.starts_with("SigBlk:")) continue;
                const std::uint64_t blocked = std::stoull(line.substr(7), nullptr, 16);
                if ((blocked & (std::uint64_t{1} << (SIGTERM - 1))) != 0) ++count;
            }
        }
        return count;
    };
    const int before = threads_without_sigterm();
    WriterOptions with_thread = options();
    with_thread.background = true;
    const auto writer = Writer::open(layout_, with_thread).value();
    EXPECT_EQ(append(*writer, "a"), std::nullopt);
    // Every thread is born with all signals blocked, for a moment.
    ::usleep(200'000);
    EXPECT_EQ(threads_without_sigterm(), before + 1);
}

}  // namespace
}  // namespace daybook::log
