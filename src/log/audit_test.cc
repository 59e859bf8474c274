#include "log/audit.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/lane.h"
#include "log/test_support.h"

namespace daybook::log {
namespace {

class AuditTest : public LogTest {
protected:
    // "lost at 230", for each finding of part 1.
    std::vector<std::string> findings() {
        std::vector<std::string> found;
        counts_ = audit_part(
                      layout_, all_parts().at(0), [](const Line&) {},
                      [&](const Finding& finding) {
                          found.push_back(fmt::format("{} at {}", to_string(finding.kind),
                                                      finding.offset.value()));
                          details_ = finding.detail;
                      })
                      .value();
        return found;
    }
    using Found = std::vector<std::string>;

    const std::string one_ = whole_line("e1", 1);
    const std::string two_ = whole_line("e2", 2);
    const std::string three_ = whole_line("e3", 3);
    const std::string three_synced_ = whole_line("e3", 3, 2);
    AuditCounts counts_;
    std::string details_;  // of the last finding
};

TEST_F(AuditTest, ASoundPartHasNoFindingsAndIsCounted) {
    put_part(1, one_ + "{\"foreign\":1}\n" + two_ + three_synced_);
    EXPECT_EQ(findings(), Found{});
    EXPECT_EQ(counts_.ours, 3U);
    EXPECT_EQ(counts_.foreign, 1U);
    EXPECT_EQ(counts_.damaged, 0U);
    EXPECT_EQ(counts_.bytes, part_bytes(1).size());
}

TEST_F(AuditTest, DamageIsReportedWithItsPlaceAndExplainsTheMissingNumber) {
    std::string damaged = two_;
    damaged[3] ^= 1;
    put_part(1, one_ + damaged + three_);
    EXPECT_EQ(findings(), Found{fmt::format("damaged at {}", one_.size())});
    EXPECT_TRUE(details_.starts_with("bad_checksum: "));
    EXPECT_EQ(counts_.damaged, 1U);
}

TEST_F(AuditTest, AGapIsMissingUnlessASyncIsOnRecordForIt) {
    put_part(1, one_ + three_);
    EXPECT_EQ(findings(), Found{fmt::format("missing at {}", one_.size())});
    put_part(1, one_ + three_synced_);
    EXPECT_EQ(findings(), Found{fmt::format("lost at {}", one_.size())});
}

TEST_F(AuditTest, AGapSaysHowManyLinesAreMissing) {
    put_part(1, one_ + three_);
    EXPECT_EQ(findings().size(), 1U);
    EXPECT_EQ(details_,
              "1 line is missing before this one, from seq 2 on; no sync is on record for them");
    put_part(1, one_ + whole_line("e5", 5, 3));
    EXPECT_EQ(findings().size(), 1U);
    EXPECT_EQ(details_,
              "3 lines are missing before this one, from seq 2 on; synced up to 3 is on record");
}

TEST_F(AuditTest, ALaterLineMayHoldTheRecordOfTheSync) {
    put_part(1, one_ + three_ + whole_line("e4", 4, 3));
    EXPECT_EQ(findings(), Found{fmt::format("lost at {}", one_.size())});
}

TEST_F(AuditTest, ASyncOnRecordBeyondTheLastLineMeansThatTheEndIsLost) {
    put_part(1, one_ + whole_line("e2", 2, 4));
    EXPECT_EQ(findings(), Found{fmt::format("lost at {}", part_bytes(1).size())});
    EXPECT_EQ(details_, "the part ends at seq 2, but synced up to 4 is on record");
    put_part(1, one_ + whole_line("e2", 2, 2));
    EXPECT_EQ(findings(), Found{});
}

TEST_F(AuditTest, DamagedLinesAtTheEndExplainWhatASyncPromised) {
    const std::string promise = whole_line("e2", 2, 3);
    put_part(1, one_ + promise + "garbage\n");
    EXPECT_EQ(findings(), Found{fmt::format("damaged at {}", (one_ + promise).size())});
}

TEST_F(AuditTest, LinesMissingAtTheBeginningAreAGapToo) {
    put_part(1, two_ + three_);
    EXPECT_EQ(findings(), Found{"missing at 0"});
}

TEST_F(AuditTest, ARepeatedOrSmallerNumberIsOutOfOrder) {
    put_part(1, one_ + two_ + two_);
    EXPECT_EQ(findings(), Found{fmt::format("out_of_order at {}", (one_ + two_).size())});
    put_part(1, one_ + two_ + one_ + three_);
    EXPECT_EQ(findings(), Found{fmt::format("out_of_order at {}", (one_ + two_).size())});
}

TEST_F(AuditTest, AnUnfinishedLineIsTornOnlyWhenNobodyWrites) {
    put_part(1, one_);
    {
        const Lane lane = Lane::take(layout_, kToday, TimestampMs(0)).value();
        put_part(1, one_ + "{\"torn");
        EXPECT_EQ(findings(), Found{});
    }
    EXPECT_EQ(findings(), Found{fmt::format("torn at {}", one_.size())});
}

TEST_F(AuditTest, ABadMarkIsAFinding) {
    put_part(1, one_);
    put_file(layout_.bad_path(part_of_today(1)), "");
    EXPECT_EQ(findings(), Found{"sync_failed at 0"});
}

TEST_F(AuditTest, EveryChangedByteIsFound) {
    const std::string part = one_ + two_ + three_synced_;
    for (std::size_t at = 0; at < part.size(); ++at) {
        for (const char bit : {'\x01', '\x20', '\x80', '\x0a'}) {
            std::string changed = part;
            changed[at] = static_cast<char>(changed[at] ^ bit);
            put_part(1, changed);
            ASSERT_FALSE(findings().empty()) << at;
        }
    }
}

TEST_F(AuditTest, OnlyATornTailIsNoProblem) {
    for (int kind = 0; kind <= static_cast<int>(FindingKind::kSyncFailed); ++kind) {
        const Finding finding{.kind = static_cast<FindingKind>(kind), .part = part_of_today(1)};
        EXPECT_EQ(finding.is_problem(), finding.kind != FindingKind::kTorn);
    }
}

TEST_F(AuditTest, EveryKindHasANameOfItsOwn) {
    std::set<std::string> names;
    for (int kind = 0; kind <= static_cast<int>(FindingKind::kSyncFailed); ++kind) {
        names.insert(to_string(static_cast<FindingKind>(kind)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(FindingKind::kSyncFailed) + 1);
}

TEST_F(AuditTest, APartThatHasGoneIsNotFound) {
    const PartInfo gone{.id = part_of_today(1)};
    const auto audited = audit_part(layout_, gone, [](const Line&) {}, [](const Finding&) {});
    EXPECT_EQ(audited.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::log
