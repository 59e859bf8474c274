#include "log/group_sync.h"

#include <atomic>
#include <cerrno>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/test_support.h"
#include "os/lock.h"

namespace daybook::log {
namespace {

using Ids = std::vector<std::string>;

class FailedSyncTest : public LogTest {
protected:
    bool is_bad(std::uint32_t number) {
        return os::exists(layout_.bad_path(part_of_today(number))).value();
    }
    bool is_held(std::uint32_t number) {
        const std::string path = layout_.part_path(part_of_today(number));
        const os::UniqueFd fd = os::open_fd(path, O_RDONLY).value();
        return os::is_locked(fd.get(), path).value();
    }
    std::map<PartId, Ids> ids_by_part() {
        std::map<PartId, Ids> ids;
        for (const Seen& line : read_all()) ids[line.part].push_back(line.id);
        return ids;
    }
    static TimestampMs on_day(std::int32_t offset) { return kNoon + offset * kDayMs; }
};

TEST_F(FailedSyncTest, WhatNoSyncHadCoveredIsWrittenAgainAndAcknowledged) {
    const auto writer = open_writer();
    append(*writer, "synced", Durability::kPower);
    append(*writer, "a");
    append_all(*writer, {{"b"}, {"c"}});
    os::Faults faults;
    faults.fail(os::Call::kFdatasync, 1, EIO);
    EXPECT_EQ(append(*writer, "d", Durability::kPower), std::nullopt);
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 2);  // One that failed, one of part 2.
    EXPECT_EQ(faults.count(os::Call::kFsync), 5);      // Of the mark, and the names of part 2.

    EXPECT_TRUE(is_bad(1));
    EXPECT_FALSE(is_held(1));
    EXPECT_EQ(ids_by_part(), (std::map<PartId, Ids>{
                                 {part_of_today(1), {"synced", "a", "b", "c", "d"}},
                                 {part_of_today(2), {"a", "b", "c", "d"}},
                             }));
    EXPECT_EQ(append(*writer, "e"), std::nullopt);
    EXPECT_EQ(ids_by_part()[part_of_today(2)].back(), "e");
    EXPECT_EQ(read_all().back().synced, Seq(4));
    EXPECT_EQ(writer->stats().sync_failures, 1U);
    EXPECT_EQ(writer->stats().rewritten, 4U);
    EXPECT_TRUE(writer->sync());  // Nothing is lost, so there is nothing to tell.
    expect_sound();
}

TEST_F(FailedSyncTest, ASecondFailureIsTheCallers) {
    const auto writer = open_writer();
    append(*writer, "a");
    os::Faults faults;
    faults.fail(os::Call::kFdatasync, 1, EIO, true);
    EXPECT_EQ(append(*writer, "b", Durability::kPower), ErrorCode::kIo);
    EXPECT_EQ(faults.count(os::Call::kFdatasync), 2);  // And no part is synced twice.
    EXPECT_TRUE(is_bad(1));
    EXPECT_TRUE(is_bad(2));
    EXPECT_FALSE(writer->sync());

    faults.fail_no_more();
    EXPECT_EQ(append(*writer, "c", Durability::kPower), std::nullopt);
    EXPECT_EQ(parts().size(), 3U);
    expect_sound();
}

TEST_F(FailedSyncTest, WhereNothingCanBeWrittenAgainTheCallFails) {
    const auto writer = open_writer();
    append(*writer, "a");
    {
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, 1, EIO);
        faults.set_room(static_cast<std::int64_t>(whole_line("b", 2).size()));
        EXPECT_EQ(append(*writer, "b", Durability::kPower), ErrorCode::kIo);
    }
    EXPECT_FALSE(writer->sync());
    EXPECT_TRUE(writer->sync());
    EXPECT_EQ(append(*writer, "c", Durability::kPower), std::nullopt);
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
    EXPECT_TRUE(is_held(1));
    EXPECT_EQ(parts().size(), 2U);
    writer.reset();
    EXPECT_FALSE(is_held(1));
}

TEST_F(FailedSyncTest, APartThatWasDeletedIsToldAndWhatNoSyncHadCoveredIsWrittenAgain) {
    const auto writer = open_writer();
    append(*writer, "synced", Durability::kPower);
    append(*writer, "a");
    ASSERT_TRUE(os::remove_file(layout_.part_path(part_of_today(1))));
    EXPECT_EQ(append(*writer, "b", Durability::kPower), std::nullopt);
    EXPECT_EQ(read_ids(), (Ids{"a", "b"}));
    EXPECT_FALSE(is_bad(1));
    const Status told = writer->sync();
    EXPECT_EQ(told.error().code(), ErrorCode::kNotFound);
    EXPECT_NE(told.error().message().find("deleted while it was open"), std::string::npos);
    EXPECT_TRUE(writer->sync());
}

TEST_F(FailedSyncTest, InALedgerThatWasDeletedNothingIsAcknowledged) {
    const auto writer = open_writer();
    append(*writer, "synced", Durability::kPower);
    ASSERT_TRUE(os::remove_tree(layout_.root()));
    EXPECT_EQ(append(*writer, "a", Durability::kPower), ErrorCode::kNotFound);
    EXPECT_EQ(append(*writer, "b"), ErrorCode::kNotFound);
    EXPECT_EQ(writer->sync().error().code(), ErrorCode::kNotFound);
    EXPECT_FALSE(os::exists(layout_.root()).value());
}

TEST_F(FailedSyncTest, ADeletedLedgerIsNoticedInTheBackground) {
    const auto writer = open_writer();
    append(*writer, "a");
    ASSERT_TRUE(os::remove_tree(layout_.root()));
    clock_.advance_ms(kBackgroundSyncMsMax);
    writer->maintain();
    EXPECT_EQ(append(*writer, "b"), ErrorCode::kNotFound);
    EXPECT_EQ(writer->sync().error().code(), ErrorCode::kNotFound);
}

TEST_F(FailedSyncTest, OneInTheBackgroundLosesNothingEither) {
    const auto writer = open_writer();
    append(*writer, "a");
    clock_.advance_ms(kBackgroundSyncMsMax);
    {
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, 1, EIO);
        writer->maintain();
        EXPECT_EQ(faults.count(os::Call::kFdatasync), 2);
    }
    EXPECT_TRUE(is_bad(1));
    EXPECT_EQ(read_ids(), (Ids{"a", "a"}));
    EXPECT_TRUE(writer->sync());
}

TEST_F(FailedSyncTest, TwoInTheBackgroundAreReportedByTheNextSyncAndOnce) {
    const auto writer = open_writer();
    append(*writer, "a");
    clock_.advance_ms(kBackgroundSyncMsMax);
    {
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, 1, EIO, true);
        writer->maintain();
    }
    EXPECT_EQ(writer->sync().error().code(), ErrorCode::kIo);
    EXPECT_TRUE(writer->sync());
    EXPECT_EQ(append(*writer, "b", Durability::kPower), std::nullopt);
}

TEST_F(FailedSyncTest, TheOtherDaysOfABatchGoOnWhereTheyAre) {
    const std::vector<Event> events = {{"a", on_day(-2)}, {"b", on_day(-1)}, {"c", on_day(0)}};
    for (int nth = 1; nth <= 3; ++nth) {
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        const auto writer = open_writer();
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, nth, EIO);
        EXPECT_EQ(append_all(*writer, events, Durability::kPower).accepted, 3U);
        EXPECT_EQ(parts().size(), 4U);
    }
}

TEST_F(FailedSyncTest, OfSeveralPartsOnlyTheLinesBeforeTheFailureAreAcknowledged) {
    const std::vector<Event> events = {{"a", on_day(-2)}, {"b", on_day(-1)}, {"c", on_day(0)}};
    for (int nth = 1; nth <= 3; ++nth) {
        const auto writer = open_writer();
        os::Faults faults;
        faults.fail(os::Call::kFdatasync, nth, EIO, true);
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

// A device whose syncs take a while and then fail, as often as is asked for.
std::atomic<int> failures_left;
os::Syscalls slow_failing_device() {
    os::Syscalls table = os::kernel_syscalls();
    table.fdatasync = [](int fd) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (--failures_left < 0) return os::kernel_syscalls().fdatasync(fd);
        errno = EIO;
        return -1;
    };
    return table;
}

class FailedGroupTest : public FailedSyncTest {
protected:
    // How many of so many threads get an acknowledgement at `power`, all at once.
    int acknowledged_of(int threads_count, Writer& writer) {
        std::atomic<int> acknowledged{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < threads_count; ++t) {
            threads.emplace_back([&, t] {
                std::string text = draft_text("t" + std::to_string(t));
                TimeStamper stamper;
                const Draft draft{.text = std::span(text), .timestamp = std::nullopt};
                if (writer.append({&draft, 1}, Durability::kPower, stamper).accepted == 1) {
                    ++acknowledged;
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        return acknowledged;
    }
    const os::Syscalls table_ = slow_failing_device();
};

TEST_F(FailedGroupTest, AllWhoWaitAreAcknowledgedOnceTheirLinesAreSafeElsewhere) {
    const auto writer = open_writer();
    append(*writer, "first");
    failures_left = 1;
    {
        const os::ScopedSyscalls scoped(table_);
        EXPECT_EQ(acknowledged_of(6, *writer), 6);
    }
    EXPECT_TRUE(is_bad(1));
    EXPECT_EQ(ids_by_part()[part_of_today(2)].size(), 7U);
    expect_sound();
}

TEST_F(FailedGroupTest, AllWhoWaitAreToldWhereTheDeviceFailsForGood) {
    const auto writer = open_writer();
    append(*writer, "first");
    failures_left = 1'000;
    {
        const os::ScopedSyscalls scoped(table_);
        EXPECT_EQ(acknowledged_of(6, *writer), 0);
    }
    EXPECT_EQ(append(*writer, "last", Durability::kPower), std::nullopt);
}

// Called by the next sync, once.
std::function<void()> during_the_sync;

using GroupSyncTest = LogTest;

TEST_F(GroupSyncTest, WhatIsWrittenDuringASyncIsNotCoveredByIt) {
    const auto writer = open_writer();
    os::Syscalls table = os::kernel_syscalls();
    table.fdatasync = [](int fd) {
        std::exchange(during_the_sync, [] {})();
        return os::kernel_syscalls().fdatasync(fd);
    };
    during_the_sync = [&] { append(*writer, "b"); };
    const os::ScopedSyscalls scoped(table);
    append(*writer, "a", Durability::kPower);
    append(*writer, "c");
    EXPECT_EQ(read_ids(), (Ids{"a", "b", "c"}));
    EXPECT_EQ(read_all().back().synced, Seq(1));
}

}  // namespace
}  // namespace daybook::log
