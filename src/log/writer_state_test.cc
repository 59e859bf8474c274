#include "log/writer_state.h"

#include <cerrno>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/test_support.h"
#include "os/lock.h"

namespace daybook::log {
namespace {

using Ids = std::vector<std::string>;
constexpr std::int64_t kMinuteMs = 60'000;

class WriterStateTest : public LogTest {
protected:
    bool is_held(const PartId& part) {
        const std::string path = layout_.part_path(part);
        const os::UniqueFd fd = os::open_fd(path, O_RDONLY).value();
        return os::is_locked(fd.get(), path).value();
    }
    // A part that lacks `missing` bytes to its limit.
    void put_nearly_full_part(std::uint64_t missing) {
        const std::string line = "\n" + whole_line("old", 7);
        put_part(1, "");
        const std::string path = layout_.part_path(part_of_today(1));
        const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_APPEND).value();
        ASSERT_TRUE(
            os::truncate(fd.get(), ByteOffset(kPartBytesMax - missing - line.size()), path));
        ASSERT_FALSE(os::write_all(fd.get(), line, path).error);
    }
    std::uint64_t part_size(std::uint32_t number) {
        return os::file_info(layout_.part_path(part_of_today(number))).value()->size.value();
    }
    static TimestampMs on_day(std::int32_t offset) { return kNoon + offset * kDayMs; }
};

TEST_F(WriterStateTest, AFullPartIsGivenUpAndTheNextBegun) {
    put_nearly_full_part(300);
    const auto writer = open_writer();
    for (const char* id : {"a", "b", "c", "d"}) EXPECT_EQ(append(*writer, id), std::nullopt);
    const std::size_t line = whole_line("a", 8).size();
    EXPECT_GE(part_size(1), kPartBytesMax);
    EXPECT_LT(part_size(1), kPartBytesMax + line);
    EXPECT_EQ(part_bytes(2), part_bytes(2).substr(0, (4 - (300 + line - 1) / line) * line));
    EXPECT_EQ(parts().size(), 2U);
}

TEST_F(WriterStateTest, ABatchIsSplitWhereThePartIsFull) {
    put_nearly_full_part(300);
    const auto writer = open_writer();
    std::vector<Event> events;
    for (int i = 0; i < 20; ++i) events.push_back({.id = std::to_string(i)});
    for (const Durability durability : {Durability::kProcess, Durability::kPower}) {
        EXPECT_EQ(append_all(*writer, events, durability).accepted, 20U);
    }
    EXPECT_LT(part_size(1), kPartBytesMax + whole_line("19", 8).size());
    const Ids ids = read_ids();
    EXPECT_EQ(std::count(ids.begin(), ids.end(), "19"), 2);
}

TEST_F(WriterStateTest, WhenTheDayTurnsEventsGoToTheNewDay) {
    const auto writer = open_writer();
    clock_.step_to(start_of(kToday + 1) + -1);
    append(*writer, "a");
    clock_.advance_ms(1);
    append(*writer, "b");
    EXPECT_EQ(parts(), (Ids{"day=2026-01-23/part-000001", "day=2026-01-24/part-000001"}));
    EXPECT_EQ(read_ids(), (Ids{"a", "b"}));
    expect_sound();
}

TEST_F(WriterStateTest, ABatchIsSplitAtMidnight) {
    const auto writer = open_writer();
    const TimestampMs midnight = start_of(kToday + 1);
    for (const Durability durability : {Durability::kProcess, Durability::kPower}) {
        const AppendOutcome outcome = append_all(
            *writer, {{"a", midnight + -1}, {"b", midnight}, {"c", midnight + -1}, {"d", midnight}},
            durability);
        EXPECT_EQ(outcome.accepted, 4U);
    }
    EXPECT_EQ(read_ids(), (Ids{"a", "c", "a", "c", "b", "d", "b", "d"}));
    EXPECT_EQ(parts().size(), 2U);
    expect_sound();
}

TEST_F(WriterStateTest, GivenTimesAreWrittenUnchanged) {
    const auto writer = open_writer();
    append_all(*writer, {{"a", TimestampMs(5)}, {"b"}, {"c", TimestampMs(-1)}});
    EXPECT_EQ(stamped_, (std::vector<TimestampMs>{TimestampMs(5), kNoon, TimestampMs(-1)}));
    EXPECT_EQ(parts(), (Ids{"day=1969-12-31/part-000001", "day=1970-01-01/part-000001",
                            "day=2026-01-23/part-000001"}));
}

TEST_F(WriterStateTest, SmallStepsBackAreHiddenAndLargeOnesCounted) {
    const auto writer = open_writer();
    const auto drawn = [&] {
        append_all(*writer, {{"a"}});
        return stamped_.at(0);
    };
    EXPECT_EQ(drawn(), kNoon);
    clock_.step_to(kNoon + -10'000);
    EXPECT_EQ(drawn(), kNoon);
    clock_.step_to(kNoon + 5);
    EXPECT_EQ(drawn(), kNoon + 5);
    EXPECT_EQ(writer->stats().clock_steps, 0U);
    clock_.step_to(kNoon + (5 - 10'001));
    EXPECT_EQ(drawn(), kNoon + (5 - 10'001));
    EXPECT_EQ(writer->stats().clock_steps, 1U);
    clock_.step_to(kNoon + -10'000);  // A small one again.
    EXPECT_EQ(drawn(), kNoon + (5 - 10'001));
    EXPECT_EQ(writer->stats().clock_steps, 1U);
}

TEST_F(WriterStateTest, AnEventAtATimeOfItsOwnDoesNotMoveTheClock) {
    const auto writer = open_writer();
    append_all(*writer, {{"a", on_day(-30)}, {"b", kNoon + kDayMs}});
    append_all(*writer, {{"c"}});
    EXPECT_EQ(stamped_.at(0), kNoon);
    EXPECT_EQ(writer->stats().clock_steps, 0U);
}

// Neither with a sync due for what was given up, nor without, may a day get a second part.
TEST_F(WriterStateTest, AnImportOfManyDaysInNoOrderHasOnePartADay) {
    constexpr int kDays = 20;
    for (const Durability durability :
         {Durability::kProcess, Durability::kPower, Durability::kBuffered}) {
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        const auto writer = open_writer();
        for (int i = 0; i < 200; ++i) {
            const TimestampMs time = on_day(-(i * 7 % kDays));
            const AppendOutcome outcome =
                append_all(*writer, {{std::to_string(i), time}}, durability);
            ASSERT_EQ(outcome.accepted, 1U) << outcome.error->message();
        }
        ASSERT_TRUE(writer->flush());
        EXPECT_EQ(parts().size(), std::size_t{kDays});
        EXPECT_EQ(read_ids().size(), 200U);
        expect_sound();
    }
}

TEST_F(WriterStateTest, AtMostEightLanesAreKeptTheMostRecentlyUsed) {
    const auto writer = open_writer();
    for (int day = 0; day < 8; ++day) append_all(*writer, {{"a", on_day(-day)}});
    append_all(*writer, {{"again", on_day(0)}});
    append_all(*writer, {{"ninth", on_day(-8)}});
    ASSERT_TRUE(writer->sync());  // Lets those go that only waited for it.
    for (int day = 0; day <= 8; ++day) {
        const PartId part{.day = kToday + -day, .number = PartNumber(1)};
        EXPECT_EQ(is_held(part), day != 1) << day;
    }
}

TEST_F(WriterStateTest, ALaneIsGivenUpAMinuteAfterItsDayHasEnded) {
    const auto writer = open_writer();
    append(*writer, "a");
    writer->maintain();
    clock_.step_to(start_of(kToday + 1) + (kMinuteMs - 1));
    clock_.advance_ms(0);
    writer->maintain();
    EXPECT_TRUE(is_held(part_of_today(1)));
    clock_.advance_ms(kMinuteMs);
    writer->maintain();
    EXPECT_FALSE(is_held(part_of_today(1)));
    EXPECT_EQ(append_all(*writer, {{"late", kNoon}}).accepted, 1U);
    EXPECT_EQ(parts().size(), 1U);
    expect_sound();
}

TEST_F(WriterStateTest, ALaneIsGivenUpAfterTenIdleMinutesAndNotBefore) {
    const auto writer = open_writer();
    append(*writer, "a");
    writer->maintain();
    for (int i = 0; i < 3; ++i) {
        clock_.advance_ms(9 * kMinuteMs);
        writer->maintain();
        EXPECT_TRUE(is_held(part_of_today(1)));
        append(*writer, "b");
        writer->maintain();
    }
    clock_.advance_ms(10 * kMinuteMs);
    writer->maintain();
    EXPECT_FALSE(is_held(part_of_today(1)));
    append(*writer, "c");
    EXPECT_EQ(parts().size(), 1U);
    expect_sound();
}

TEST_F(WriterStateTest, WhatIsWrittenIsSyncedWithinASecond) {
    const auto writer = open_writer();
    append(*writer, "a");
    os::Faults faults;
    writer->maintain();
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 0);
    clock_.advance_ms(kBackgroundSyncMsMax);
    writer->maintain();
    writer->maintain();
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 1);
    append(*writer, "b");
    clock_.advance_ms(kBackgroundSyncMsMax);
    writer->maintain();
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 2);
}

TEST_F(WriterStateTest, TheBackgroundThreadSyncsByItself) {
    const auto writer = Writer::open(layout_, {}).value();
    append(*writer, "a");
    for (int i = 0; i < 1000 && writer->stats().syncs == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(writer->stats().syncs, 1U);
}

TEST_F(WriterStateTest, EndingTheWriterCallsNoSync) {
    auto writer = open_writer();
    append(*writer, "a");
    os::Faults faults;
    writer.reset();
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 0);
    EXPECT_FALSE(is_held(part_of_today(1)));
}

class FailedSyncTest : public WriterStateTest {
protected:
    bool is_bad(std::uint32_t number) {
        return os::exists(layout_.bad_path(part_of_today(number))).value();
    }
};

TEST_F(FailedSyncTest, ThePartIsMarkedAndNeverSyncedOrWrittenAgain) {
    const auto writer = open_writer();
    append(*writer, "a");
    os::Faults faults;
    faults.fail(os::Call::kFdatasync, 1, EIO);
    EXPECT_EQ(append(*writer, "b", Durability::kPower), ErrorCode::kIo);
    EXPECT_TRUE(is_bad(1));
    EXPECT_FALSE(is_held(part_of_today(1)));
    const std::uint64_t size = part_size(1);
    EXPECT_EQ(append(*writer, "c", Durability::kPower), std::nullopt);
    EXPECT_EQ(part_size(1), size);
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 2);  // One that failed, one of part 2.
    EXPECT_EQ(parts().size(), 2U);
    EXPECT_EQ(writer->stats().sync_failures, 1U);
    expect_sound();
}

TEST_F(FailedSyncTest, WhereTheMarkCannotBeMadeTheLaneIsHeldToTheEnd) {
    auto writer = open_writer();
    append(*writer, "a");
    {
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, 1, EIO);
        faults.fail(2, EACCES, true);  // Everything after the sync.
        EXPECT_TRUE(append(*writer, "b", Durability::kPower));
    }
    EXPECT_FALSE(is_bad(1));
    EXPECT_EQ(append(*writer, "c"), std::nullopt);
    EXPECT_TRUE(is_held(part_of_today(1)));
    EXPECT_EQ(parts().size(), 2U);
    writer.reset();
    EXPECT_FALSE(is_held(part_of_today(1)));
}

TEST_F(FailedSyncTest, OneInTheBackgroundIsReportedByTheNextSyncAndOnce) {
    const auto writer = open_writer();
    append(*writer, "a");
    clock_.advance_ms(kBackgroundSyncMsMax);
    {
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, 1, EIO);
        writer->maintain();
    }
    EXPECT_TRUE(is_bad(1));
    EXPECT_EQ(writer->sync().error().code(), ErrorCode::kIo);
    EXPECT_TRUE(writer->sync());
    EXPECT_EQ(append(*writer, "b", Durability::kPower), std::nullopt);
}

TEST_F(FailedSyncTest, OfSeveralPartsOnlyTheLinesBeforeTheFailureAreAcknowledged) {
    const auto writer = open_writer();
    const std::vector<Event> events = {{"a", on_day(-2)}, {"b", on_day(-1)}, {"c", on_day(0)}};
    for (int nth = 1; nth <= 3; ++nth) {
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, nth, EIO);
        const AppendOutcome outcome = append_all(*writer, events, Durability::kPower);
        EXPECT_EQ(outcome.accepted, static_cast<std::size_t>(nth - 1));
        EXPECT_EQ(outcome.error->code(), ErrorCode::kIo);
    }
}

TEST_F(FailedSyncTest, ADirectoryThatCannotBeSyncedFailsTheCallAndNotThePart) {
    const auto writer = open_writer();
    for (int nth = 1; nth <= 4; ++nth) {
        os::Faults faults;
        faults.fail(os::Call::kFsync, nth, EIO);
        EXPECT_EQ(append(*writer, "a", Durability::kPower), ErrorCode::kIo);
    }
    EXPECT_FALSE(is_bad(1));
    EXPECT_EQ(append(*writer, "b", Durability::kPower), std::nullopt);
    EXPECT_EQ(parts().size(), 1U);
    expect_sound();
}

TEST_F(FailedSyncTest, AllThreadsThatWaitForItAreTold) {
    constexpr int kThreads = 6;
    os::Syscalls table = os::kernel_syscalls();
    table.fdatasync = [](int) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        errno = EIO;
        return -1;
    };
    const auto writer = open_writer();
    append(*writer, "first");
    std::atomic<int> refused{0};
    {
        const os::ScopedSyscalls scoped(table);
        std::vector<std::thread> threads;
        for (int t = 0; t < kThreads; ++t) {
            threads.emplace_back([&] {
                std::string text = draft_text("a");
                TimeStamper stamper;
                const Draft draft{.text = std::span(text), .timestamp = std::nullopt};
                const AppendOutcome outcome =
                    writer->append({&draft, 1}, Durability::kPower, stamper);
                if (outcome.accepted == 0 && outcome.error) ++refused;
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    EXPECT_EQ(refused, kThreads);
    EXPECT_EQ(append(*writer, "last", Durability::kPower), std::nullopt);
}

}  // namespace
}  // namespace daybook::log
