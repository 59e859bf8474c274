#include "log/lane.h"

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/test_support.h"
#include "os/lock.h"
#include "os/process.h"

namespace daybook::log {
namespace {

class LaneTest : public LogTest {
protected:
    Result<Lane> take() { return Lane::take(layout_, kToday, TimestampMs(0)); }
    // "part 2 seq 5": what is taken, and given up again.
    std::string taken() {
        const Result<Lane> lane = take();
        if (!lane) return lane.error().message();
        return fmt::format("part {} seq {}", lane->part().number.value(), lane->next_seq().value());
    }
    bool is_locked(std::uint32_t number) {
        const std::string path = layout_.part_path(part_of_today(number));
        const os::UniqueFd fd = os::open_fd(path, O_RDONLY).value();
        return os::is_locked(fd.get(), path).value();
    }
    const std::string line_ = whole_line("e1", 1);
};

TEST_F(LaneTest, TheFirstPartOfADayIsNumberOne) {
    EXPECT_EQ(taken(), "part 1 seq 1");
    EXPECT_EQ(parts(), (std::vector<std::string>{"day=2026-01-23/part-000001"}));
}

TEST_F(LaneTest, APartIsHeldUntilItsLaneIsDestroyed) {
    {
        Lane lane = take().value();
        Lane moved = std::move(lane);
        EXPECT_TRUE(is_locked(1));
        EXPECT_EQ(taken(), "part 2 seq 1");
    }
    EXPECT_FALSE(is_locked(1));
    EXPECT_EQ(taken(), "part 1 seq 1");
}

TEST_F(LaneTest, TheFirstFreePartIsTaken) {
    for (std::uint32_t number = 1; number <= 3; ++number) put_part(number, line_);
    const Lane first = take().value();
    const Lane second = take().value();
    EXPECT_EQ(first.part(), part_of_today(1));
    EXPECT_EQ(second.part(), part_of_today(2));
    EXPECT_EQ(taken(), "part 3 seq 2");
}

TEST_F(LaneTest, EveryCutOfAPartIsContinuedAfterItsLastWholeLine) {
    const std::vector<std::string> lines = {line_, whole_line("e2", 2), whole_line("e3", 3, 2)};
    const std::string part = lines[0] + lines[1] + lines[2];
    for (std::size_t cut = 0; cut <= part.size(); ++cut) {
        SCOPED_TRACE(cut);
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        put_part(1, std::string_view(part).substr(0, cut));
        std::size_t whole = 0;
        std::size_t count = 0;
        while (count < 3 && whole + lines[count].size() <= cut) whole += lines[count++].size();

        EXPECT_EQ(taken(), fmt::format("part 1 seq {}", count + 1));
        EXPECT_EQ(part_bytes(1), part.substr(0, whole));
        std::map<std::string, std::string> saved;
        if (whole != cut) {
            saved[fmt::format("2026-01-23.part-000001.{}.bytes", whole)] =
                part.substr(whole, cut - whole);
        }
        EXPECT_EQ(evidence(), saved);
    }
}

TEST_F(LaneTest, EvidenceIsSyncedBeforeTheCut) {
    put_part(1, line_ + "{\"torn");
    os::Faults faults;
    faults.fail(os::Call::kFdatasync, 1, EIO);
    EXPECT_EQ(taken(), "part 2 seq 1");
    EXPECT_EQ(faults.count(os::Call::kFtruncate), 0);
    EXPECT_EQ(part_bytes(1), line_ + "{\"torn");
}

TEST_F(LaneTest, EvidenceOfASecondTearAtTheSameOffsetStandsBesideTheFirst) {
    for (const char* torn : {"{\"one", "{\"two", "{\"one"}) {
        put_part(1, line_ + torn);
        EXPECT_EQ(taken(), "part 1 seq 2");
    }
    const std::string stem = fmt::format("2026-01-23.part-000001.{}", line_.size());
    EXPECT_EQ(evidence(), (std::map<std::string, std::string>{{stem + ".bytes", "{\"one"},
                                                              {stem + ".2.bytes", "{\"two"}}));
}

TEST_F(LaneTest, WhereEvidenceCannotBeSavedThePartStaysAsItIs) {
    put_part(1, line_ + "{\"torn");
    put_file(layout_.torn_dir(), "a file in the directory's place");
    EXPECT_EQ(taken(), "part 2 seq 1");
    EXPECT_EQ(part_bytes(1), line_ + "{\"torn");
}

TEST_F(LaneTest, WhereTheCutFailsThePartStaysAndTheEvidenceIsSavedOnce) {
    put_part(1, line_ + "{\"torn");
    os::Faults faults;
    faults.fail(os::Call::kFtruncate, 1, EIO, true);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(taken(), "part 2 seq 1");
    EXPECT_EQ(part_bytes(1), line_ + "{\"torn");
    EXPECT_EQ(evidence().size(), 1U);
}

TEST_F(LaneTest, WhatIsInDoubtStaysByteForByte) {
    const std::vector<std::string> doubtful = {
        line_ + std::string(100, '\0'), line_ + "damage\n", line_ + "{\"foreign\":1}\n",
        line_ + "{\"foreign\":1}", std::string(kTailBytesMax + 1, 'x')};
    for (const std::string& bytes : doubtful) {
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        put_part(1, bytes);
        EXPECT_EQ(taken(), "part 2 seq 1");
        EXPECT_EQ(part_bytes(1), bytes);
        EXPECT_TRUE(evidence().empty());
    }
}

TEST_F(LaneTest, SealedAndBadPartsAreLeftAlone) {
    put_part(1, line_);
    put_part(2, line_);
    put_file(layout_.seal_path(part_of_today(1)), "{}");
    put_file(layout_.bad_path(part_of_today(2)), "");
    EXPECT_EQ(taken(), "part 3 seq 1");
}

TEST_F(LaneTest, ANumberIsNeverUsedAgain) {
    // The part has been archived; its seal stays for ever.
    ASSERT_TRUE(os::make_dirs(layout_.day_dir(kToday)));
    put_file(layout_.seal_path(part_of_today(4)), "{}");
    EXPECT_EQ(taken(), "part 5 seq 1");
    put_part(9, line_);
    put_file(layout_.bad_path(part_of_today(9)), "");
    ASSERT_TRUE(os::remove_file(layout_.part_path(part_of_today(9))));
    const Lane held = take().value();
    EXPECT_EQ(taken(), "part 10 seq 1");
}

TEST_F(LaneTest, AfterTheLastNumberThereIsNone) {
    put_part(4'294'967'295, "damage\n");
    const Result<Lane> lane = take();
    ASSERT_FALSE(lane);
    EXPECT_EQ(lane.error().code(), ErrorCode::kLimit);
}

TEST_F(LaneTest, AFullPartIsLeftAlone) {
    put_part(1, "");
    for (const std::uint64_t size : {kPartBytesMax, kPartBytesMax - 1}) {
        const os::UniqueFd fd = os::open_fd(layout_.part_path(part_of_today(1)), O_RDWR).value();
        ASSERT_TRUE(os::truncate(fd.get(), ByteOffset(0), "part"));
        ASSERT_TRUE(os::truncate(fd.get(), ByteOffset(size - line_.size() - 1), "part"));
        const os::UniqueFd end =
            os::open_fd(layout_.part_path(part_of_today(1)), O_WRONLY | O_APPEND).value();
        ASSERT_FALSE(os::write_all(end.get(), "\n" + line_, "part").error);
        EXPECT_EQ(taken(), size < kPartBytesMax ? "part 1 seq 2" : "part 2 seq 1");
        ASSERT_TRUE(os::remove_tree(layout_.part_path(part_of_today(2))));
    }
}

TEST_F(LaneTest, APartLastWrittenBeforeThisBootIsLeftAlone) {
    put_part(1, line_);
    const std::int64_t modified_ms =
        os::file_info(layout_.part_path(part_of_today(1))).value()->modified_ns / 1'000'000;
    const auto part_at = [&](std::int64_t boot_ms) {
        return Lane::take(layout_, kToday, TimestampMs(boot_ms)).value().part().number.value();
    };
    EXPECT_EQ(part_at(modified_ms), 1U);
    EXPECT_EQ(part_at(modified_ms + 1), 2U);
}

TEST_F(LaneTest, APartThatCannotBeOpenedOrReadIsLeftAlone) {
    put_part(1, line_);
    for (const int error_number : {EACCES, ENOENT, EIO, EROFS}) {
        os::Faults faults;
        faults.fail(os::Call::kOpen, 2, error_number);  // The first one lists the day.
        EXPECT_EQ(taken(), "part 2 seq 1") << error_number;
        ASSERT_TRUE(os::remove_file(layout_.part_path(part_of_today(2))));
    }
    os::Faults faults;
    faults.fail(os::Call::kPread, 1, EIO);  // A bad sector.
    EXPECT_EQ(taken(), "part 2 seq 1");
}

TEST_F(LaneTest, ADirectoryWithAPartsNameIsInNobodysWay) {
    ASSERT_TRUE(os::make_dirs(layout_.part_path(part_of_today(1))));
    EXPECT_EQ(taken(), "part 2 seq 1");
}

TEST_F(LaneTest, WhereNoPartCanBeMadeTheErrorSaysWhy) {
    for (const int error_number : {EACCES, ENOSPC, EMFILE}) {
        os::Faults faults;
        faults.fail(os::Call::kOpen, 2, error_number, true);  // The first one lists the day.
        const Result<Lane> lane = take();
        ASSERT_FALSE(lane);
        EXPECT_NE(lane.error().message().find("part-000001.jsonl"), std::string::npos);
    }
}

TEST_F(LaneTest, ANumberThatIsTakenAndNotListedIsPassedOver) {
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        const bool first = std::string_view(path).ends_with("part-000001.jsonl");
        if (!first) return os::kernel_syscalls().open(path, flags, mode);
        errno = EEXIST;
        return -1;
    };
    const os::ScopedSyscalls scoped(table);
    EXPECT_EQ(taken(), "part 2 seq 1");
}

TEST_F(LaneTest, AFileSystemWithoutLocksIsRefused) {
    put_part(1, line_);
    os::Faults faults;
    faults.fail(os::Call::kFcntlLock, 1, ENOLCK, true);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(take().error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(parts().size(), 1U);
}

// What somebody else does between two of our calls.
std::function<void()> before_lock;  // NOLINT: the table holds plain functions
std::function<void()> before_create;

class LaneRaceTest : public LaneTest {
protected:
    LaneRaceTest() {
        before_lock = before_create = nullptr;
        table_.fcntl_lock = [](int fd, int command, struct flock* lock) {
            if (auto event = std::exchange(before_lock, nullptr)) event();
            return ::fcntl(fd, command, lock);
        };
        table_.open = [](const char* path, int flags, mode_t mode) {
            if ((flags & O_EXCL) != 0) {
                if (auto event = std::exchange(before_create, nullptr)) event();
            }
            return ::open(path, flags, mode);
        };
    }
    os::Syscalls table_ = os::kernel_syscalls();
};

TEST_F(LaneRaceTest, WhatHappenedToAPartBeforeItWasLockedIsSeenAfterwards) {
    const std::string path = layout_.part_path(part_of_today(1));
    const std::vector<std::function<void()>> events = {
        [&] { put_file(layout_.seal_path(part_of_today(1)), "{}"); },
        [&] { put_file(layout_.bad_path(part_of_today(1)), ""); },
        [&] { ASSERT_TRUE(os::remove_file(path)); },
        [&] {
            put_file(path + ".new", whole_line("other", 1));
            ASSERT_TRUE(os::rename(path + ".new", path));
        },
        [&] {
            const os::UniqueFd fd = os::open_fd(path, O_RDWR).value();
            ASSERT_TRUE(os::truncate(fd.get(), ByteOffset(kPartBytesMax), path));
        },
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        SCOPED_TRACE(i);
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        put_part(1, line_);
        before_lock = events[i];
        const os::ScopedSyscalls scoped(table_);
        EXPECT_EQ(taken(), "part 2 seq 1");
    }
}

TEST_F(LaneRaceTest, ANumberThatAnotherTookFirstIsPassedOver) {
    before_create = [&] { put_part(1, line_); };
    const os::ScopedSyscalls scoped(table_);
    EXPECT_EQ(taken(), "part 2 seq 1");
}

TEST_F(LaneRaceTest, ANewPartThatAnotherLocksFirstIsLeftToIt) {
    os::UniqueFd other;
    before_lock = [&] {
        const std::string path = layout_.part_path(part_of_today(1));
        other = os::open_fd(path, O_RDWR).value();
        ASSERT_TRUE(os::try_lock(other.get(), path).value());
    };
    const os::ScopedSyscalls scoped(table_);
    EXPECT_EQ(taken(), "part 2 seq 1");
}

TEST_F(LaneTest, EveryFailingCallWhileAPartIsTakenLeavesItsWholeLines) {
    const std::string torn = line_ + "{\"torn";
    int calls = 0;
    {
        put_part(1, torn);
        os::Faults faults;
        EXPECT_EQ(taken(), "part 1 seq 2");
        calls = faults.count();
    }
    for (const int error_number : {EIO, ENOSPC, EACCES, EINTR, EMFILE}) {
        for (const bool for_good : {false, true}) {
            for (int nth = 1; nth <= calls; ++nth) {
                SCOPED_TRACE(fmt::format("{} {} {}", error_number, for_good, nth));
                if (error_number == EINTR && for_good) continue;  // Is never so.
                ASSERT_TRUE(os::remove_tree(layout_.root()));
                put_part(1, torn);
                {
                    os::Faults faults;
                    faults.fail(nth, error_number, for_good);
                    const Result<Lane> lane = take();
                    if (!lane) {
                        EXPECT_NE(lane.error().message(), "");
                    }
                }
                const std::string bytes = part_bytes(1);
                // Cut off only what is safe in torn/.
                EXPECT_TRUE(bytes == torn || (bytes == line_ && evidence().size() == 1));
                const std::string again = taken();
                EXPECT_TRUE(again == "part 1 seq 2") << again;
                EXPECT_FALSE(is_locked(1));
            }
        }
    }
}

class LaneAppendTest : public LaneTest {
protected:
    const std::string second_ = whole_line("e2", 2);
    const std::string third_ = whole_line("e3", 3);
    const std::string batch_ = line_ + second_ + third_;
};

TEST_F(LaneAppendTest, WhatDoesNotFitIsCutBackToWholeLines) {
    for (std::size_t room = 0; room < batch_.size(); ++room) {
        SCOPED_TRACE(room);
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        Lane lane = take().value();
        os::Faults faults;
        faults.set_room(static_cast<std::int64_t>(room));
        const Lane::Outcome outcome = lane.append(batch_);
        const std::size_t whole = batch_.substr(0, room).rfind('\n') + 1;
        EXPECT_EQ(outcome.bytes, whole);
        EXPECT_EQ(outcome.error->code(), ErrorCode::kNoSpace);
        EXPECT_FALSE(outcome.broken);
        EXPECT_EQ(part_bytes(1), batch_.substr(0, whole));
        EXPECT_EQ(lane.size(), ByteOffset(whole));
    }
}

TEST_F(LaneAppendTest, AFragmentThatCannotBeCutBreaksTheLane) {
    Lane lane = take().value();
    os::Faults faults;
    faults.set_room(5);
    faults.fail(os::Call::kFtruncate, 1, EIO);
    EXPECT_TRUE(lane.append(batch_).broken);
    EXPECT_EQ(part_bytes(1), batch_.substr(0, 5));
}

TEST_F(LaneAppendTest, AFragmentIsNotCutOnceSomebodyElseHasWritten) {
    Lane lane = take().value();
    const std::string path = layout_.part_path(part_of_today(1));
    {
        // Another tool, which knows of no locks.
        const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_APPEND).value();
        ASSERT_FALSE(os::write_all(fd.get(), "{\"foreign\":1}\n", path).error);
    }
    os::Faults faults;
    faults.set_room(5);
    EXPECT_TRUE(lane.append(batch_).broken);
    EXPECT_EQ(part_bytes(1), "{\"foreign\":1}\n" + batch_.substr(0, 5));
}

TEST_F(LaneAppendTest, SyncedIsWrittenOnceAfterItHasGrown) {
    Lane lane = take().value();
    EXPECT_EQ(lane.synced_to_write(), Seq(0));
    lane.advance(5);
    lane.note_synced(Seq(4));
    lane.note_synced(Seq(2));  // Comes late, says less.
    EXPECT_EQ(lane.synced_to_write(), Seq(4));
    lane.note_synced_written();
    EXPECT_EQ(lane.synced_to_write(), Seq(0));
    EXPECT_EQ(lane.last_seq(), Seq(5));
}

TEST_F(LaneAppendTest, NamesAreSyncedUpToTheDirectoryThatHoldsTheLedger) {
    const Lane lane = take().value();
    os::Faults faults;
    ASSERT_TRUE(lane.sync_names(layout_));
    EXPECT_EQ(faults.count(os::Call::kFsync), 4);
    faults.fail(os::Call::kOpen, 4, EACCES);  // It may be passed through but not opened.
    EXPECT_TRUE(lane.sync_names(layout_));
    for (int nth = 1; nth <= 3; ++nth) {
        faults.fail(os::Call::kOpen, nth, EACCES);
        EXPECT_FALSE(lane.sync_names(layout_)) << nth;
    }
}

TEST_F(LaneAppendTest, ABadMarkIsMadeEvenByADeviceThatSyncsNothing) {
    const Lane lane = take().value();
    os::Faults faults;
    faults.fail(os::Call::kFdatasync, 1, EIO, true);
    EXPECT_TRUE(lane.mark_bad(layout_));
    EXPECT_TRUE(os::exists(layout_.bad_path(part_of_today(1))).value());
    faults.fail(os::Call::kOpen, 1, ENOSPC);
    EXPECT_FALSE(lane.mark_bad(layout_));
}

}  // namespace
}  // namespace daybook::log
