#include "ledger/repairs.h"

#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "log/test_support.h"

namespace daybook::ledger {
namespace {

using log::FindingKind;

class RepairsTest : public log::LogTest {
protected:
    // What a repair of `bytes` bytes from `offset` on in part 1 writes.
    void note(std::uint64_t offset, std::uint64_t bytes, const std::string& more) {
        std::string line = fmt::format(
            R"({{"event_type":"ledger.repaired","event_id":"e","timestamp_ms":1,"run_id":"_ledger",)"
            R"("part":"{}","offset":{},"bytes":{}{})",
            to_string(log::part_of_today(1)), offset, bytes, more);
        log::append_trailer(line, 0, log::Seq(1), log::Seq(0));
        line.pop_back();
        repairs_.see(log::judge_line(line, ByteOffset(0)));
    }
    void note_range(std::uint64_t offset, const std::string& content) {
        note(offset, content.size(),
             fmt::format(R"(,"reason":"no_object","evidence_path":"quarantine/e","sha256":"{}",)"
                         R"("events":1)",
                         sha256_hex(content)));
    }
    std::string explain(FindingKind kind, std::uint64_t offset, std::uint64_t length,
                        std::uint64_t seq = 0, std::uint64_t lines = 0) {
        return repairs_.explain(layout_, {.kind = kind,
                                          .part = log::part_of_today(1),
                                          .offset = ByteOffset(offset),
                                          .length = length,
                                          .seq = log::Seq(seq),
                                          .lines = lines});
    }
    Repairs repairs_;
};

TEST_F(RepairsTest, ARangeIsKnownWhileItsBytesAreTheSame) {
    put_part(1, "good\nbad one\nbad two\ngood\n");
    note_range(5, "bad one\nbad two\n");
    EXPECT_EQ(explain(FindingKind::kDamaged, 5, 7),
              "repaired: 1 event recovered, the bytes are kept in quarantine/e");
    EXPECT_NE(explain(FindingKind::kDamaged, 13, 7), "");
    EXPECT_EQ(explain(FindingKind::kDamaged, 0, 4), "");
    EXPECT_EQ(explain(FindingKind::kDamaged, 13, 9), "");
    EXPECT_TRUE(repairs_.covers(layout_, log::part_of_today(1), ByteOffset(5), 16));
    EXPECT_FALSE(repairs_.covers(layout_, log::part_of_today(1), ByteOffset(5), 17));
    EXPECT_FALSE(repairs_.covers(layout_, log::part_of_today(2), ByteOffset(5), 16));
}

TEST_F(RepairsTest, OneOtherByteMakesItNews) {
    put_part(1, "good\nbad one\nbad twO\ngood\n");
    note_range(5, "bad one\nbad two\n");
    EXPECT_EQ(explain(FindingKind::kDamaged, 5, 7), "");
}

TEST_F(RepairsTest, APartThatEndsBeforeIsNotWhatWasRepaired) {
    put_part(1, "good\nbad one\n");
    note_range(5, "bad one\nbad two\n");
    EXPECT_EQ(explain(FindingKind::kDamaged, 5, 7), "");
}

TEST_F(RepairsTest, AGapIsKnownByItsPlaceAndItsFirstNumber) {
    note(40, 0, R"(,"reason":"lost","first_seq":3,"lines":4)");
    EXPECT_EQ(explain(FindingKind::kLost, 40, 0, 3, 4), "noted by a repair");
    EXPECT_EQ(explain(FindingKind::kMissing, 40, 0, 3, 2), "noted by a repair");
    EXPECT_EQ(explain(FindingKind::kLost, 40, 0, 3, 5), "");
    EXPECT_EQ(explain(FindingKind::kLost, 40, 0, 4, 1), "");
    EXPECT_EQ(explain(FindingKind::kLost, 41, 0, 3, 4), "");
    EXPECT_EQ(explain(FindingKind::kOutOfOrder, 40, 0, 3, 1), "");
}

TEST_F(RepairsTest, ALineOutOfOrderIsKnownByItsPlaceAndNumber) {
    note(40, 0, R"(,"reason":"out_of_order","first_seq":3,"lines":1)");
    EXPECT_EQ(explain(FindingKind::kOutOfOrder, 40, 0, 3, 1), "noted by a repair");
    EXPECT_EQ(explain(FindingKind::kLost, 40, 0, 3, 1), "");
}

TEST_F(RepairsTest, OnlyVerifiedLinesCount) {
    put_part(1, "bad\n");
    const std::string line = fmt::format(
        R"({{"event_type":"ledger.repaired","event_id":"e","timestamp_ms":1,"run_id":"_ledger",)"
        R"("part":"{}","offset":0,"bytes":4,"reason":"no_object","sha256":"{}"}})",
        to_string(log::part_of_today(1)), sha256_hex("bad\n"));
    repairs_.see(log::judge_line(line, ByteOffset(0)));
    EXPECT_EQ(explain(FindingKind::kDamaged, 0, 3), "");
}

}  // namespace
}  // namespace daybook::ledger
