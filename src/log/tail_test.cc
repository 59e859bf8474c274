#include "log/tail.h"

#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/test_support.h"

namespace daybook::log {
namespace {

using Verdict = Tail::Verdict;

std::string verdict_of(const Tail& tail) {
    switch (tail.verdict) {
        case Verdict::kContinue: return fmt::format("continue at seq {}", tail.next_seq.value());
        case Verdict::kTorn:
            return fmt::format("cut to {}, seq {}", tail.whole.value(), tail.next_seq.value());
        case Verdict::kDoubt: return tail.reason;
    }
    return "";
}
std::string judge_all_of(std::string_view part) {
    return verdict_of(judge_tail(part, ByteOffset(part.size())));
}
// The verdict where the part has `before` bytes more than the tail shows.
std::string judge_end(std::string_view tail, std::uint64_t before) {
    return verdict_of(judge_tail(tail, ByteOffset(tail.size() + before)));
}

TEST(JudgeTail, AnEmptyPartBeginsAtOne) { EXPECT_EQ(judge_all_of(""), "continue at seq 1"); }

TEST(JudgeTail, AWholeLineOfOursIsContinued) {
    EXPECT_EQ(judge_all_of(whole_line("e", 1)), "continue at seq 2");
    EXPECT_EQ(judge_all_of("junk\n" + whole_line("e", 41)), "continue at seq 42");
    EXPECT_EQ(judge_end("end of an earlier line\n" + whole_line("e", 41), 1000),
              "continue at seq 42");
}

TEST(JudgeTail, WhatTheLastLineSaysOfSyncsIsKept) {
    const std::string part = whole_line("e", 9, 8);
    EXPECT_EQ(judge_tail(part, ByteOffset(part.size())).synced, Seq(8));
}

TEST(JudgeTail, AnUnfinishedLineIsCutOffWhateverItsLength) {
    const std::string before = whole_line("e", 7);
    const std::string last = whole_line("torn", 8);
    for (std::size_t cut = 1; cut < last.size(); ++cut) {
        ASSERT_EQ(judge_all_of(before + last.substr(0, cut)),
                  fmt::format("cut to {}, seq 8", before.size()));
        ASSERT_EQ(judge_all_of(last.substr(0, cut)), "cut to 0, seq 1");
        ASSERT_EQ(judge_end("x\n" + before + last.substr(0, cut), 100),
                  fmt::format("cut to {}, seq 8", 102 + before.size()));
    }
}

TEST(JudgeTail, NulsLeaveThePartAlone) {
    const std::string line = whole_line("e", 7);
    const std::string nuls(10, '\0');
    EXPECT_EQ(judge_all_of(nuls), "NUL bytes at the end");
    EXPECT_EQ(judge_all_of(line + nuls), "NUL bytes at the end");
    EXPECT_EQ(judge_all_of(line + "{\"a\"" + nuls), "NUL bytes at the end");
    EXPECT_EQ(judge_all_of(line + nuls + "\n"), "the last line is damaged");
}

TEST(JudgeTail, AChangedLastLineLeavesThePartAlone) {
    const std::string before = whole_line("e", 7);
    std::string last = whole_line("f", 8);
    for (std::size_t at = 0; at + 1 < last.size(); ++at) {
        last[at] = static_cast<char>(last[at] ^ 1);
        if (last[at] != '\n') {
            EXPECT_EQ(judge_all_of(before + last), "the last line is damaged") << at;
            EXPECT_EQ(judge_all_of(before + last + "{\"torn"), "the last line is damaged") << at;
        }
        last[at] = static_cast<char>(last[at] ^ 1);
    }
}

TEST(JudgeTail, DamageBeforeTheLastLineIsOfNoConcern) {
    EXPECT_EQ(judge_all_of("damage\n" + whole_line("e", 7)), "continue at seq 8");
}

TEST(JudgeTail, AnotherToolsLineLeavesThePartAloneWithItsNewlineOrWithout) {
    const std::string line = whole_line("e", 7);
    EXPECT_EQ(judge_all_of(line + "{\"a\":1}\n"), "the last line is another tool's");
    EXPECT_EQ(judge_all_of(line + "{\"a\":1}"), "the last line is another tool's");
    EXPECT_EQ(judge_all_of("{\"a\":1}"), "the last line is another tool's");
}

TEST(JudgeTail, AnUnfinishedLineIsNotCutWhereAnotherToolWrites) {
    const std::string lines = whole_line("e", 6) + "{\"a\":1}\n" + whole_line("f", 7);
    EXPECT_EQ(judge_all_of(lines), "continue at seq 8");
    EXPECT_EQ(judge_all_of(lines + "{\"event"),
              "another tool writes to the part, and may be writing the last line");
    // The first line of the tail may be the end of one of ours.
    EXPECT_EQ(judge_end("{\"a\":1}\n" + whole_line("f", 7) + "{", 9), "cut to 131, seq 8");
}

std::string judge_shared(std::string_view part, std::uint64_t before = 0) {
    return verdict_of(judge_tail(part, ByteOffset(part.size() + before), Sharing::kShared));
}

TEST(JudgeTail, AmongOtherToolsTheLastLineOfOursIsLookedFor) {
    const std::string ours = whole_line("e", 6);
    const std::string theirs = "{\"a\":1}\n";
    EXPECT_EQ(judge_shared(""), "continue at seq 1");
    EXPECT_EQ(judge_shared(ours), "continue at seq 7");
    EXPECT_EQ(judge_shared(theirs + ours + theirs + theirs), "continue at seq 7");
    EXPECT_EQ(judge_shared(theirs), "another tool has begun the part");
    EXPECT_EQ(judge_shared("x\n" + theirs, 5), "no line of Daybook's is in the last 64 KiB");
    EXPECT_EQ(judge_shared(ours + "damage\n" + theirs),
              "a damaged line comes after the last one of Daybook's");
    EXPECT_EQ(judge_shared(ours + "{\"a\":1}"),
              "the last line is unfinished, and another tool may be writing it");
}

TEST(JudgeTail, ALineThatBeginsBeforeTheLast64KiBLeavesThePartAlone) {
    const std::string long_line = whole_line("e", 7, 0, kTailBytesMax);
    const std::string end = long_line.substr(long_line.size() - kTailBytesMax);
    EXPECT_EQ(judge_end(end, 5000), "the last line is longer than 64 KiB");
    EXPECT_EQ(judge_end(std::string(kTailBytesMax, 'x'), 1), "no line ends in the last 64 KiB");
}

TEST(JudgeTail, ALineThatFillsTheLast64KiBIsContinuedOnlyAsTheFirst) {
    const std::size_t overhead = whole_line("e", 7, 0, 1000).size() - 1000;
    const std::string line = whole_line("e", 7, 0, kTailBytesMax - overhead);
    ASSERT_EQ(line.size(), kTailBytesMax);
    EXPECT_EQ(judge_all_of(line), "continue at seq 8");
    // Whether a newline comes before it is not to be seen.
    EXPECT_EQ(judge_end(line, 1), "the last line is longer than 64 KiB");
}

class CutTest : public LogTest {
protected:
    // Cuts part 1, which is `torn`, to nothing.
    Status cut(std::string_view torn, std::uint64_t size) {
        put_part(1, torn);
        const std::string path = layout_.part_path(part_of_today(1));
        const os::UniqueFd fd = os::open_fd(path, O_RDWR).value();
        return cut_torn_tail(layout_, part_of_today(1), fd.get(), ByteOffset(size), ByteOffset(0));
    }
};

TEST_F(CutTest, EveryTailTornAtOneOffsetIsKept) {
    for (int i = 0; i < 100; ++i) {
        const std::string torn = fmt::format("{{\"torn {:03}", i);
        ASSERT_TRUE(cut(torn, torn.size())) << i;
        ASSERT_TRUE(cut(torn, torn.size())) << i;  // The same once more is there already.
    }
    EXPECT_EQ(evidence().size(), 100U);
    EXPECT_EQ(cut("{\"one more", 10).error().code(), ErrorCode::kLimit);
    EXPECT_EQ(part_bytes(1), "{\"one more");
}

TEST_F(CutTest, WhatGrewWhileTheEvidenceWasSavedIsNotCut) {
    const Status cut_early = cut("{\"torn{\"theirs\":1}\n", 6);
    EXPECT_EQ(cut_early.error().code(), ErrorCode::kBusy);
    EXPECT_EQ(part_bytes(1), "{\"torn{\"theirs\":1}\n");
}

TEST_F(CutTest, EvidenceThatCannotBeReadIsNotTakenForTheSame) {
    // A directory: nothing that a writer left.
    ASSERT_TRUE(os::make_dirs(layout_.torn_path(part_of_today(1), ByteOffset(0))));
    ASSERT_TRUE(cut("{\"torn", 6));
    EXPECT_TRUE(os::exists(layout_.torn_path(part_of_today(1), ByteOffset(0), 2)).value());
}

TEST_F(CutTest, APartThatShrankMeanwhileIsNotCut) {
    EXPECT_EQ(cut("{\"torn", 20).error().code(), ErrorCode::kIo);
    EXPECT_EQ(part_bytes(1), "{\"torn");
    const os::UniqueFd fd = os::open_fd(layout_.part_path(part_of_today(1)), O_RDONLY).value();
    EXPECT_EQ(read_tail(fd.get(), "the part", ByteOffset(20), Sharing::kAlone).reason,
              "the part shrank while it was looked at");
}

}  // namespace
}  // namespace daybook::log
