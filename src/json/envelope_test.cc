#include "json/envelope.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::json {
namespace {

constexpr std::string_view kId = "019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b";
const Envelope kExpected{"run.started", kId, TimestampMs(1769126400000), "r1", 1};
constexpr std::string_view kOurs =
    R"({"event_type":"run.started","event_id":"019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b","timestamp_ms":1769126400000,"run_id":"r1","seq":2,"checksum":"8c1f0e2d3b4a5968"})";

TEST(Envelope, ALineAsDaybookWritesItIsRead) { EXPECT_EQ(EnvelopeReader().read(kOurs), kExpected); }

TEST(Envelope, TheVersionIsReadWhereItIsGiven) {
    std::string line(kOurs);
    line.replace(line.find(",\"seq\""), 0, ",\"schema_version\":3");
    Envelope expected = kExpected;
    expected.schema_version = 3;
    EXPECT_EQ(EnvelopeReader().read(line), expected);
}

TEST(Envelope, AnyOrderAndAnySpacingIsRead) {
    EXPECT_EQ(
        EnvelopeReader().read(
            R"({ "run_id": "r1", "payload": {"run_id": "no"}, "timestamp_ms": 1769126400000, )"
            R"("event_type": "run.started", "event_id": "019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b" })"),
        kExpected);
}

TEST(Envelope, EscapesAreUnderstood) {
    std::string line(kOurs);
    line.replace(line.find("\"r1\""), 4, "\"r\\u0031\"");
    EnvelopeReader reader;
    EXPECT_EQ(reader.read(line), kExpected);
    std::string other(kOurs);
    other.replace(other.find("\"r1\""), 4, "\"r\xc3\xa9\"");
    ASSERT_TRUE(reader.read(other).has_value());
    EXPECT_EQ(reader.read(other)->run_id, "r\xc3\xa9");
}

TEST(Envelope, TheLastOfARepeatedFieldWinsInForeignLines) {
    EXPECT_EQ(
        EnvelopeReader().read(
            R"({"run_id":"r0","event_type":"run.started","run_id":"r1","timestamp_ms":1769126400000,)"
            R"("event_id":"019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b"})"),
        kExpected);
}

TEST(Envelope, NoneOfTheFourMayBeMissing) {
    for (const char* const name : {"event_type", "event_id", "timestamp_ms", "run_id"}) {
        std::string line(kOurs);
        line.replace(line.find(name), 1, "X");
        EXPECT_EQ(EnvelopeReader().read(line), std::nullopt) << name;
    }
}

TEST(Envelope, WhyThereIsNoneNamesTheFieldAndWhatWasFound) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"a":1})", "event_type is missing"},
        {R"({"event_type":"t","event_id":7,"timestamp_ms":1,"run_id":"r"})",
         "event_id is 7, expected a string"},
        {R"({"event_type":"t","event_id":"i","timestamp_ms":1.5,"run_id":"r"})",
         "timestamp_ms is 1.5, expected an integer"},
        {R"({"event_type":"t","event_id":"i","timestamp_ms":"2026-01-23","run_id":"r"})",
         "timestamp_ms is \"2026-01-23\", expected an integer"},
        {R"({"event_type":"t","event_id":"i","timestamp_ms":1,"run_id":null})",
         "run_id is null, expected a string"},
        {R"({"event_type":{"a":1},"event_id":"i","timestamp_ms":1,"run_id":"r"})",
         "event_type is {\"a\":1}, expected a string"},
        {R"({"event_type":"t","event_id":"i","timestamp_ms":1,"run_id":"\ud800"})",
         "run_id is \"\\ud800\", expected a string"},
        {"[1]", "it is no JSON object"},
    };
    for (const auto& [line, why] : cases) {
        EXPECT_EQ(EnvelopeReader().read(line), std::nullopt) << line;
        EXPECT_EQ(why_no_envelope(line), why) << line;
    }
}

TEST(Envelope, WhatIsNoEventHasNone) {
    for (const char* const text :
         {"", "{}", "[]", "null", "{", "\"event_type\"", "{\"event_type\":1}"}) {
        EXPECT_EQ(EnvelopeReader().read(text), std::nullopt) << text;
    }
}

TEST(Envelope, EveryCutWithinItHasNone) {
    const std::size_t end = kOurs.find(",\"seq\"");
    for (std::size_t size = 0; size < end; ++size) {
        EXPECT_EQ(EnvelopeReader().read(kOurs.substr(0, size)), std::nullopt) << size;
    }
}

}  // namespace
}  // namespace daybook::json
