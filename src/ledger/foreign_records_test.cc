#include "ledger/foreign_records.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace daybook::ledger {
namespace {

std::string theirs(const std::string& digits) {
    return R"({"event_type":"run.started","timestamp_ms":1769126400000,"run_id":"r","event_id":")"
           R"(1769126400000_)" +
           digits + R"("})";
}
const std::string kFirst = theirs("0000000a");
const std::string kSecond = theirs("0000000b");

std::vector<std::string> found_in(const std::string& bytes) {
    std::vector<std::string> found;
    for (const ForeignRecord& record : find_foreign_records(bytes, ByteOffset(100))) {
        EXPECT_EQ(bytes.substr(record.offset.value() - 100, record.text.size()), record.text);
        EXPECT_EQ(record.timestamp, TimestampMs(1769126400000));
        EXPECT_EQ(record.event_type, "run.started");
        found.push_back(record.event_id.substr(record.event_id.size() - 1));
    }
    return found;
}
using Ids = std::vector<std::string>;

TEST(ForeignRecords, TwoOnOneLineAreTwo) {
    EXPECT_EQ(found_in(kFirst + kSecond), (Ids{"a", "b"}));
    EXPECT_EQ(found_in(kFirst + kSecond + "\n" + kFirst), (Ids{"a", "b", "a"}));
}

TEST(ForeignRecords, OneIsFoundBehindEveryCutOfAnother) {
    for (std::size_t cut = 1; cut < kFirst.size(); ++cut) {
        EXPECT_EQ(found_in(kFirst.substr(0, cut) + kSecond), (Ids{"b"})) << cut;
        EXPECT_EQ(found_in(kSecond + kFirst.substr(0, cut)), (Ids{"b"})) << cut;
    }
}

TEST(ForeignRecords, OneWithinAnotherIsNone) {
    const std::string outer = R"({"event_type":"run.started","note":)" + kFirst +
                              R"(,"timestamp_ms":1769126400000,"run_id":"r",)"
                              R"("event_id":"1769126400000_0000000c"})";
    EXPECT_EQ(found_in(outer), (Ids{"c"}));
    EXPECT_EQ(found_in(outer.substr(0, outer.size() - 1)), (Ids{}));
}

TEST(ForeignRecords, WhatLacksSomethingIsNone) {
    const std::vector<std::string> none = {
        R"({"event_type":"t","timestamp_ms":1,"run_id":"r"})",
        R"({"event_type":"t","timestamp_ms":1,"run_id":"r","event_id":"x"})",
        R"({"event_type":"t","timestamp_ms":"1","run_id":"r","event_id":"1_0000000a"})",
        R"({"timestamp_ms":1,"run_id":"r","event_id":"1_0000000a"})",
        R"({"event_type":"t","timestamp_ms":1,"event_id":"1_0000000a"})",
        R"({"event_type":"t","timestamp_ms":1,"run_id":"r","event_id":"1_0000000a","x":nope})",
        R"({"event_type":"t","timestamp_ms":1,"run_id":"r","event_id":"1_0000000a","seq":1})"};
    for (const std::string& text : none) EXPECT_EQ(found_in(text), Ids{}) << text;
}

TEST(ForeignRecords, NaNOfPythonIsNoHindrance) {
    const std::string line =
        R"({"x": NaN, "event_type": "trial.recorded", "timestamp_ms": 1769126400000, )"
        R"("run_id": "r", "event_id": "1769126400000_0000000a"})";
    const std::string bytes = "{\"half" + line + kSecond;
    const auto found = find_foreign_records(bytes, ByteOffset(0));
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].text, line);
    EXPECT_EQ(found[0].json(),
              R"({"x":null,"event_type":"trial.recorded","timestamp_ms":1769126400000,)"
              R"("run_id":"r","event_id":"1769126400000_0000000a","nonfinite":{"/x":"NaN"}})");
    EXPECT_EQ(found[1].json(), kSecond);
}

TEST(ForeignRecords, ManyBracesEndTheSearch) {
    const std::string braces(kLineBytesMax / 16, '{');
    EXPECT_EQ(found_in(braces), Ids{});
    EXPECT_EQ(found_in(kFirst + braces), (Ids{"a"}));
}

}  // namespace
}  // namespace daybook::ledger
