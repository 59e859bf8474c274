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

TEST_F(WriterStateTest, TheNextPartIsReadyBeforeItIsNeeded) {
    put_nearly_full_part(300);
    const auto writer = open_writer();
    append(*writer, "a");
    writer->maintain();
    EXPECT_EQ(writer->stats().lanes_prepared, 1U);
    EXPECT_TRUE(is_held(part_of_today(2)));
    os::Faults faults;
    for (const char* id : {"b", "c", "d"}) append(*writer, id);
    EXPECT_EQ(faults.count(os::Call::kOpen), 0);
    EXPECT_EQ(faults.count(os::Call::kWrite), 3);
    EXPECT_GT(part_size(2), 0U);
    // Its names are durable already.
    append(*writer, "e", Durability::kPower);
    EXPECT_EQ(faults.count(os::Call::kFsync), 0);
    EXPECT_EQ(parts().size(), 2U);
}

TEST_F(WriterStateTest, TheBackgroundThreadPreparesTheNextPart) {
    put_nearly_full_part(300);
    const auto writer = Writer::open(layout_, {.clock = &clock_}).value();
    append(*writer, "a");
    for (int i = 0; i < 1000 && writer->stats().lanes_prepared == 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(writer->stats().lanes_prepared, 1U);
}

TEST_F(WriterStateTest, WhereNoNextPartCanBePreparedItIsTakenWhenItIsNeeded) {
    put_nearly_full_part(300);
    const auto writer = open_writer();
    append(*writer, "a");
    {
        os::Faults faults;
        faults.fail(os::Call::kOpen, 2, ENOSPC, true);
        writer->maintain();
        const int calls = faults.count();
        writer->maintain();  // Not tried again at once.
        EXPECT_EQ(faults.count(), calls);
    }
    for (const char* id : {"b", "c", "d"}) EXPECT_EQ(append(*writer, id), std::nullopt);
    EXPECT_EQ(writer->stats().lanes_prepared, 0U);
    EXPECT_EQ(parts().size(), 2U);
}

TEST_F(WriterStateTest, APreparedPartIsLeftEmptyAndTakenByTheNextWriter) {
    put_nearly_full_part(300);
    {
        const auto writer = open_writer();
        append(*writer, "a");
        writer->maintain();
    }
    EXPECT_EQ(part_size(2), 0U);
    const auto writer = open_writer();
    for (const char* id : {"b", "c", "d"}) append(*writer, id);
    EXPECT_EQ(parts().size(), 2U);
}

TEST_F(WriterStateTest, ABatchThatIsTooLargeToBeKeptWholeIsSyncedInPieces) {
    const auto writer = open_writer();
    std::vector<Event> events;
    for (int i = 0; i < 10; ++i) {
        events.push_back({.id = std::to_string(i), .bytes = std::size_t{1} << 20});
    }
    os::Faults faults;
    EXPECT_EQ(append_all(*writer, events, Durability::kPower).accepted, 10U);
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 3);
    EXPECT_EQ(writer->stats().unprotected, 0U);
    EXPECT_EQ(read_ids().size(), 10U);
    expect_sound();
}

TEST_F(WriterStateTest, OfAFloodTheOldestLinesAreKeptNoLongerAndCounted) {
    const auto writer = open_writer();
    for (int i = 0; i < 40; ++i) {
        append_all(*writer, {{.id = std::to_string(i), .bytes = std::size_t{1} << 20}});
    }
    EXPECT_EQ(writer->stats().unprotected, 40U - (kUnsyncedBytesMax >> 20) + 1);
    clock_.advance_ms(kBackgroundSyncMsMax);
    os::Faults faults;
    faults.fail(os::Call::kFdatasync, 1, EIO);
    writer->maintain();
    EXPECT_EQ(writer->stats().rewritten, (kUnsyncedBytesMax >> 20) - 1);
    const Status told = writer->sync();
    ASSERT_FALSE(told);
    EXPECT_NE(told.error().message().find("9 events are not known to be on the device"),
              std::string::npos);
}

class FullDiskTest : public WriterStateTest {
protected:
    // Appends one event as a run's last words.
    std::optional<ErrorCode> append_last_words(Writer& writer) {
        std::string text = draft_text("last");
        TimeStamper stamper;
        const Draft draft{
            .text = std::span(text), .timestamp = std::nullopt, .may_use_reserve = true};
        const AppendOutcome outcome = writer.append({&draft, 1}, Durability::kPower, stamper);
        if (!outcome.error) return std::nullopt;
        return outcome.error->code();
    }
    bool has_reserve() { return os::exists(layout_.reserve_path()).value(); }
};

// A disk that is full until a file is removed from it.
std::atomic<bool> disk_full;
os::Syscalls full_disk() {
    os::Syscalls table = os::kernel_syscalls();
    table.write = [](int fd, const void* bytes, std::size_t count) -> ssize_t {
        if (!disk_full) return os::kernel_syscalls().write(fd, bytes, count);
        errno = ENOSPC;
        return -1;
    };
    table.unlink = [](const char* path) {
        disk_full = false;
        return os::kernel_syscalls().unlink(path);
    };
    return table;
}

TEST_F(FullDiskTest, LastWordsAreWrittenInTheRoomThatIsKeptForThem) {
    const auto writer = open_writer();
    append(*writer, "a");
    EXPECT_TRUE(has_reserve());
    disk_full = true;
    const os::Syscalls table = full_disk();
    {
        const os::ScopedSyscalls scoped(table);
        EXPECT_EQ(append(*writer, "b", Durability::kPower), ErrorCode::kNoSpace);
        EXPECT_TRUE(has_reserve());
        EXPECT_EQ(append_last_words(*writer), std::nullopt);
    }
    EXPECT_FALSE(has_reserve());
    EXPECT_EQ(writer->stats().reserve_given_up, 1U);
    EXPECT_EQ(read_ids(), (Ids{"a", "last"}));
    expect_sound();
    clock_.advance_ms(kMinuteMs);
    writer->maintain();
    EXPECT_TRUE(has_reserve());
}

TEST_F(FullDiskTest, LastWordsDoNotWaitForBufferedLinesThatFindNoRoom) {
    const auto writer = open_writer();
    append(*writer, "a");
    append(*writer, "buffered", Durability::kBuffered);
    disk_full = true;
    const os::Syscalls table = full_disk();
    {
        const os::ScopedSyscalls scoped(table);
        EXPECT_EQ(append_last_words(*writer), std::nullopt);
    }
    EXPECT_EQ(read_ids(), (Ids{"a", "last"}));
    EXPECT_TRUE(writer->flush());
    EXPECT_EQ(read_ids(), (Ids{"a", "last", "buffered"}));
}

TEST_F(FullDiskTest, WithoutAReserveLastWordsAreRefusedLikeOthers) {
    const auto writer = open_writer();
    append(*writer, "a");
    ASSERT_TRUE(os::remove_file(layout_.reserve_path()));
    disk_full = true;
    const os::Syscalls table = full_disk();
    const os::ScopedSyscalls scoped(table);
    EXPECT_EQ(append_last_words(*writer), ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace daybook::log
