#include "log/rescue.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::log {
namespace {

constexpr std::string_view kOpening = R"({"event_type":")";

std::string record(std::string_view id, std::uint64_t seq, std::size_t bytes = 0) {
    std::string line = whole_line(id, seq, 0, bytes);
    line.pop_back();
    return line;
}

struct Found {
    std::uint64_t offset;
    std::string id;
    bool operator==(const Found&) const = default;
};
std::vector<Found> found(const std::string& bytes, std::uint64_t base = 0) {
    std::vector<Found> records;
    for (const Line& line : find_records(bytes, ByteOffset(base), kOpening)) {
        records.push_back({line.offset.value(), id_of(line.text)});
    }
    return records;
}

TEST(FindRecords, EveryFragmentBeforeARecordLeavesItWhole) {
    const std::string first = record("a", 7);
    const std::string second = record("b", 8);
    for (std::size_t cut = 0; cut < first.size(); ++cut) {
        SCOPED_TRACE(cut);
        EXPECT_EQ(found(first.substr(0, cut) + second, 100),
                  (std::vector<Found>{{100 + cut, "b"}}));
    }
}

TEST(FindRecords, WhateverFollowsARecordLeavesItWhole) {
    const std::string good = record("a", 7);
    for (const std::string& behind :
         {std::string(500, '\0'), std::string("\x01\xff garbage"), std::string("{\"event_ty"),
          std::string("\"}"), std::string(R"(,"checksum":"0123456789abcdef"})")}) {
        EXPECT_EQ(found(good + behind), (std::vector<Found>{{0, "a"}})) << behind;
    }
}

TEST(FindRecords, NulsBeforeARecordLeaveItWhole) {
    EXPECT_EQ(found(std::string(4096, '\0') + record("a", 7)), (std::vector<Found>{{4096, "a"}}));
}

TEST(FindRecords, GluedRecordsAreFoundOneByOne) {
    const std::string bytes = record("a", 1) + record("b", 2) + "x" + record("c", 3);
    const std::uint64_t one = record("a", 1).size();
    EXPECT_EQ(found(bytes), (std::vector<Found>{{0, "a"}, {one, "b"}, {2 * one + 1, "c"}}));
}

TEST(FindRecords, AFlippedBitLeavesNothing) {
    const std::string good = record("a", 1);
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            EXPECT_EQ(found(bad), std::vector<Found>{}) << i << " " << bit;
        }
    }
}

TEST(FindRecords, AnEventInsideAnotherIsNoRecordOfItsOwn) {
    std::string outer = draft_text("outer") + R"(,"inner":)" + draft_text("inner") + "}";
    append_trailer(outer, 0, Seq(1), Seq(0));
    outer.pop_back();
    EXPECT_EQ(found("garbage" + outer), (std::vector<Found>{{7, "outer"}}));
}

TEST(FindRecords, ARecordInsideARecordIsPartOfIt) {
    std::string outer = draft_text("outer") + R"(,"inner":)" + record("inner", 4);
    append_trailer(outer, 0, Seq(1), Seq(0));
    outer.pop_back();
    EXPECT_EQ(found("garbage" + outer), (std::vector<Found>{{7, "outer"}}));
}

TEST(FindRecords, NoRecordReachesOverANewline) {
    std::string broken = record("a", 1);
    broken.insert(30, "\n");
    EXPECT_EQ(found(broken), std::vector<Found>{});
    const std::string good = record("b", 2);
    EXPECT_EQ(found(broken + "\n" + good), (std::vector<Found>{{broken.size() + 1, "b"}}));
}

TEST(FindRecords, TheNumberOfTriesIsBounded) {
    const auto nested = [](int openings) {
        std::string text = draft_text("outer") + R"(,"inner":[)";
        for (int i = 0; i < openings; ++i) text += R"({"event_type":"x"},)";
        text.back() = ']';
        append_trailer(text, 0, Seq(1), Seq(0));
        text.pop_back();
        return text;
    };
    EXPECT_EQ(found(nested(kRecordOpeningsMax - 1)), (std::vector<Found>{{0, "outer"}}));
    EXPECT_EQ(found(nested(kRecordOpeningsMax)), std::vector<Found>{});
}

}  // namespace
}  // namespace daybook::log
