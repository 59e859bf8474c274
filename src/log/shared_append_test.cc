#include "log/shared_append.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "log/lane.h"
#include "log/sharing.h"
#include "log/test_support.h"
#include "os/syscalls.h"

namespace daybook::log {
namespace {

// What another tool does while a write of ours runs: before it, or behind it.
struct Others {
    std::function<void()> before = [] {};
    std::function<void()> after = [] {};
};
Others* others = nullptr;

// A table whose writes are met by others'.
class MetWrites {
public:
    explicit MetWrites(Others& met) : scoped_(table()) { others = &met; }
    ~MetWrites() { others = nullptr; }

private:
    static const os::Syscalls& table() {
        static const os::Syscalls entries = [] {
            os::Syscalls met = os::kernel_syscalls();
            met.write = [](int fd, const void* bytes, std::size_t count) {
                others->before();
                const ssize_t written = os::kernel_syscalls().write(fd, bytes, count);
                others->after();
                return written;
            };
            return met;
        }();
        return entries;
    }
    os::ScopedSyscalls scoped_;
};

class SharedAppendTest : public LogTest {
protected:
    void SetUp() override { ASSERT_TRUE(begin_sharing(layout_, kNoon).value()); }

    static Result<Lane> take(const Layout& layout) {
        return Lane::take(layout, kToday, TimestampMs(0));
    }
    // Another tool's write, which takes no lock and comes through no table.
    void foreign(const std::string& bytes, std::uint32_t number = 2) {
        const std::string path = layout_.part_path(part_of_today(number));
        const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
        ASSERT_GE(fd, 0);
        EXPECT_EQ(os::kernel_syscalls().write(fd, bytes.data(), bytes.size()),
                  static_cast<ssize_t>(bytes.size()));
        os::kernel_syscalls().close(fd);
    }
    // "ours 1 e1, foreign, damaged": the lines of a part.
    std::string lines_of(std::uint32_t number) {
        std::string text;
        for (const Seen& line : read_all()) {
            if (line.part != part_of_today(number)) continue;
            if (!text.empty()) text += ", ";
            switch (line.kind) {
                case LineKind::kOurs:
                    text += fmt::format("ours {} {}", line.seq.value(), line.id);
                    break;
                case LineKind::kForeign: text += "foreign"; break;
                case LineKind::kDamaged: text += "damaged"; break;
            }
        }
        return text;
    }

    const std::string theirs_ = "{\"theirs\":1}\n";
    const std::string first_ = whole_line("e1", 1);
    const std::string second_ = whole_line("e2", 2);
};

TEST_F(SharedAppendTest, TheNextNumberIsLeftToToolsThatRenameAFileOntoIt) {
    const Lane lane = take(layout_).value();
    EXPECT_EQ(lane.part(), part_of_today(2));
    EXPECT_EQ(take(layout_).value().part(), part_of_today(4));
}

TEST_F(SharedAppendTest, ForeignLinesMayStandBetweenOurs) {
    Lane lane = take(layout_).value();
    foreign(theirs_);
    EXPECT_EQ(lane.append(first_).bytes, first_.size());
    lane.advance(1);
    foreign(theirs_ + theirs_);
    EXPECT_EQ(lane.append(second_).again_count, 0U);
    EXPECT_EQ(lines_of(2), "foreign, ours 1 e1, foreign, foreign, ours 2 e2");
}

TEST_F(SharedAppendTest, APartIsContinuedBehindForeignLinesWithTheNextNumber) {
    {
        ASSERT_EQ(take(layout_).value().append(first_).bytes, first_.size());
    }
    foreign(theirs_ + theirs_);
    const Lane lane = take(layout_).value();
    EXPECT_EQ(lane.part(), part_of_today(2));
    EXPECT_EQ(lane.next_seq(), Seq(2));
}

TEST_F(SharedAppendTest, APartThatAnotherToolBeganIsItsOwn) {
    put_part(1, theirs_);
    EXPECT_EQ(take(layout_).value().part(), part_of_today(3));
}

TEST_F(SharedAppendTest, NothingIsCutFromAPartWhoseEndMayBeSomebodyElses) {
    const std::vector<std::string> ends = {"{\"event_type\":\"t\"", "{\"theirs\":1}",
                                           theirs_ + "{\"torn", "damage\n"};
    for (const std::string& end : ends) {
        SCOPED_TRACE(end);
        put_part(2, first_ + end);
        EXPECT_EQ(take(layout_).value().part(), part_of_today(4));
        EXPECT_EQ(part_bytes(2), first_ + end);
        EXPECT_TRUE(evidence().empty());
        ASSERT_TRUE(os::remove_file(layout_.part_path(part_of_today(4))));
    }
}

TEST_F(SharedAppendTest, ALineThatAForeignFragmentSwallowsIsWrittenAgain) {
    Lane lane = take(layout_).value();
    foreign("{\"theirs\":");
    const Lane::Outcome outcome = lane.append(first_ + second_);
    EXPECT_EQ(outcome.bytes, first_.size() + second_.size());
    EXPECT_EQ(outcome.again, whole_line("e1", 3));
    EXPECT_FALSE(outcome.broken);
    EXPECT_EQ(lines_of(2), "damaged, ours 2 e2, ours 3 e1");
}

TEST_F(SharedAppendTest, WhatComesAtTheSameMomentIsSeen) {
    Others met;
    int calls = 0;
    met.before = [&] {
        if (++calls == 1) foreign("{\"half");
    };
    met.after = [&] {
        if (calls == 1) foreign(theirs_);
    };
    Lane lane = take(layout_).value();
    const MetWrites meeting(met);
    const Lane::Outcome outcome = lane.append(first_);
    EXPECT_EQ(outcome.bytes, first_.size());
    EXPECT_EQ(outcome.again_count, 1U);
    EXPECT_EQ(lines_of(2), "damaged, foreign, ours 2 e1");
}

TEST_F(SharedAppendTest, AWholeForeignLineAtTheSameMomentChangesNothing) {
    Others met;
    met.before = met.after = [&] { foreign(theirs_); };
    Lane lane = take(layout_).value();
    const MetWrites meeting(met);
    EXPECT_EQ(lane.append(first_ + second_).again_count, 0U);
    EXPECT_EQ(lines_of(2), "foreign, ours 1 e1, ours 2 e2, foreign");
}

TEST_F(SharedAppendTest, OneThatIsSwallowedEachTimeIsNotAcknowledged) {
    Others met;
    met.before = [&] { foreign("{\"half"); };
    Lane lane = take(layout_).value();
    const MetWrites meeting(met);
    const Lane::Outcome outcome = lane.append(first_);
    EXPECT_EQ(outcome.bytes, 0U);
    EXPECT_TRUE(outcome.broken);
    EXPECT_EQ(outcome.error->code(), ErrorCode::kBusy);
}

TEST_F(SharedAppendTest, AFullDiskLeavesAFragmentAndNothingIsCut) {
    for (std::size_t most = 40; most < first_.size() + second_.size(); ++most) {
        SCOPED_TRACE(most);
        ASSERT_TRUE(os::remove_tree(layout_.day_dir(kToday)));
        Lane lane = take(layout_).value();
        {
            os::Faults faults;
            faults.set_room(static_cast<std::int64_t>(most));
            const Lane::Outcome outcome = lane.append(first_ + second_);
            const std::size_t whole = (first_ + second_).substr(0, most).rfind('\n') + 1;
            EXPECT_EQ(outcome.bytes, whole);
            EXPECT_EQ(outcome.error->code(), ErrorCode::kNoSpace);
            EXPECT_EQ(outcome.broken, whole != most);
            EXPECT_EQ(faults.count(os::Call::kFtruncate), 0);
        }
        EXPECT_EQ(part_bytes(2), (first_ + second_).substr(0, most));
    }
}

// The first write takes only so much, as if a signal had come.
class ShortWriteTest : public SharedAppendTest {
protected:
    static inline std::size_t cut = 0;
    static Lane::Outcome append_cut_at(Lane& lane, std::string_view lines, std::size_t at) {
        os::Syscalls table = os::kernel_syscalls();
        table.write = [](int fd, const void* bytes, std::size_t count) {
            return os::kernel_syscalls().write(fd, bytes, std::min(std::exchange(cut, -1), count));
        };
        cut = at;
        const os::ScopedSyscalls scoped(table);
        return lane.append(lines);
    }
};

TEST_F(ShortWriteTest, AFragmentIsEndedAndItsLineWrittenOnce) {
    const std::string lines = first_ + second_;
    for (std::size_t at = 1; at < lines.size(); ++at) {
        SCOPED_TRACE(at);
        ASSERT_TRUE(os::remove_tree(layout_.day_dir(kToday)));
        Lane lane = take(layout_).value();
        const Lane::Outcome outcome = append_cut_at(lane, lines, at);
        EXPECT_EQ(outcome.bytes, lines.size());
        EXPECT_FALSE(outcome.error);
        EXPECT_EQ(outcome.again_count, 0U);
        std::string expected = "ours 1 e1, ours 2 e2";
        // What lacks its newline alone is a line as soon as it is ended.
        if (at + 1 < first_.size()) expected = "damaged, " + expected;
        if (at > first_.size() && at + 1 < lines.size()) expected = "ours 1 e1, damaged, ours 2 e2";
        EXPECT_EQ(lines_of(2), expected);
    }
}

TEST_F(ShortWriteTest, ALineThatWasEndedBehindAnotherToolsHalfIsSwallowedAllTheSame) {
    Lane lane = take(layout_).value();
    foreign("{\"theirs");
    const Lane::Outcome outcome = append_cut_at(lane, first_ + second_, first_.size() - 1);
    EXPECT_EQ(outcome.bytes, first_.size() + second_.size());
    EXPECT_EQ(outcome.again_count, 1U);
    EXPECT_EQ(lines_of(2), "damaged, ours 2 e2, ours 3 e1");
}

TEST_F(SharedAppendTest, TheWriterAcknowledgesWhatIsReadAsALine) {
    const auto writer = open_writer();
    ASSERT_EQ(append(*writer, "a"), std::nullopt);
    foreign("{\"theirs");
    ASSERT_EQ(append(*writer, "b"), std::nullopt);
    ASSERT_EQ(append(*writer, "c"), std::nullopt);
    EXPECT_EQ(lines_of(2), "ours 1 a, damaged, ours 3 b, ours 4 c");
    EXPECT_EQ(writer->stats().swallowed, 1U);
    ASSERT_TRUE(writer->sync());
    ASSERT_EQ(append(*writer, "d"), std::nullopt);
    EXPECT_EQ(read_all().back().synced, Seq(4));
}

// Nobody calls maintain() for a writer without a thread.
TEST_F(SharedAppendTest, AWriterThatWasOpenBeforeTakesNoteWithinHalfAMinute) {
    for (const Durability durability :
         {Durability::kPower, Durability::kProcess, Durability::kBuffered}) {
        ASSERT_TRUE(os::remove_tree(layout_.root()));
        const auto writer = open_writer();
        ASSERT_EQ(append(*writer, "a", durability), std::nullopt);
        ASSERT_TRUE(writer->flush());
        ASSERT_TRUE(begin_sharing(layout_, kNoon).value());
        clock_.advance_ms(kSharingLookMs);
        foreign("{\"theirs", 1);
        ASSERT_EQ(append(*writer, "b", durability), std::nullopt);
        ASSERT_TRUE(writer->flush());
        EXPECT_EQ(lines_of(1), "ours 1 a, damaged, ours 3 b") << static_cast<int>(durability);
    }
}

TEST_F(SharedAppendTest, WhatIsSwallowedWhileItIsWrittenToAnotherPartIsCounted) {
    static std::function<void()> between;
    static int syncs = 0;
    syncs = 0;
    const auto writer = open_writer();
    ASSERT_EQ(append(*writer, "a"), std::nullopt);
    between = [this] { foreign("{\"theirs", 4); };
    os::Syscalls table = os::kernel_syscalls();
    table.fdatasync = [](int fd) {
        if (++syncs > 1) return os::kernel_syscalls().fdatasync(fd);
        errno = EIO;
        return -1;
    };
    table.write = [](int fd, const void* bytes, std::size_t count) {
        if (syncs > 0) std::exchange(between, [] {})();
        return os::kernel_syscalls().write(fd, bytes, count);
    };
    {
        const os::ScopedSyscalls scoped(table);
        EXPECT_TRUE(writer->sync());
    }
    EXPECT_EQ(lines_of(4), "damaged, ours 2 a");
    EXPECT_EQ(writer->stats().rewritten, 1U);
    EXPECT_EQ(writer->stats().swallowed, 1U);
}

TEST_F(SharedAppendTest, EveryWriteToAPartIsAtItsEnd) {
    static bool appends = true;
    static int writes = 0;
    os::Syscalls table = os::kernel_syscalls();
    table.write = [](int fd, const void* bytes, std::size_t count) {
        ++writes;
        appends = appends && (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
        return os::kernel_syscalls().write(fd, bytes, count);
    };
    for (const bool shared : {true, false}) {
        if (!shared) {
            EXPECT_TRUE(end_sharing(layout_).value());
        }
        const auto writer = open_writer();
        const os::ScopedSyscalls scoped(table);
        ASSERT_EQ(append(*writer, "a"), std::nullopt);
        ASSERT_EQ(append(*writer, "b", Durability::kBuffered), std::nullopt);
        ASSERT_TRUE(writer->flush());
    }
    EXPECT_TRUE(appends);
    EXPECT_EQ(writes, 4);
}

TEST_F(SharedAppendTest, PartsThatCannotBeContinuedAreNotAllLookedInto) {
    for (std::uint32_t number = 1; number <= 200; ++number) put_part(number, theirs_);
    os::Faults faults;
    EXPECT_EQ(take(layout_).value().part(), part_of_today(202));
    EXPECT_LE(faults.count(os::Call::kPread), 64);
    // The newest that can be continued is.
    EXPECT_EQ(take(layout_).value().part(), part_of_today(202));
}

// This process had stood still since it looked, and the others have gone on.
TEST_F(SharedAppendTest, WhereTheNumberLeftFreeHasBeenTakenTheNextButOneIs) {
    static const Layout* layout = nullptr;
    layout = &layout_;
    os::Syscalls table = os::kernel_syscalls();
    table.open = [](const char* path, int flags, mode_t mode) {
        if (std::string_view(path).ends_with("part-000002.jsonl")) {
            const std::string first = layout->part_path(part_of_today(1));
            os::kernel_syscalls().close(
                os::kernel_syscalls().open(first.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
        }
        return os::kernel_syscalls().open(path, flags, mode);
    };
    const os::ScopedSyscalls scoped(table);
    EXPECT_EQ(take(layout_).value().part(), part_of_today(4));
    EXPECT_EQ(part_bytes(2), "");
}

}  // namespace
}  // namespace daybook::log
