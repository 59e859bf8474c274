#include "schema/event_walk.h"

#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace daybook::schema {
namespace {

constexpr TimestampMs kNow{1769126400000};

std::string walked(const std::string& event) {
    WalkedEvent found;
    const Status status = walk_event(event, kNow, &found);
    if (!status) return "! " + status.error().message();
    return found.type + "|" + found.run_id + "|" + found.event_id.value_or("-") + "|" +
           (found.timestamp ? std::to_string(found.timestamp->value()) : "-") + "|" +
           (found.schema_version ? std::to_string(*found.schema_version) : "-") + "|" +
           found.payload;
}

std::string heartbeat(const std::string& fields) {
    return walked(R"({"event_type":"run.heartbeat","run_id":"r1",)" + fields + "}");
}

TEST(EventWalk, TheEnvelopeIsTakenOutAndTheRestKept) {
    EXPECT_EQ(walked(R"({"event_type":"run.heartbeat","run_id":"r1"})"), "run.heartbeat|r1|-|-|-|");
    EXPECT_EQ(
        walked(
            R"({"event_type":"run.started","event_id":"1769126400000_0a1b2c3d",)"
            R"("timestamp_ms":1769126400000,"run_id":"r1","schema_version":1,"attempt":2,"x":1.50})"),
        R"(run.started|r1|1769126400000_0a1b2c3d|1769126400000|1|,"attempt":2,"x":1.50)");
}

TEST(EventWalk, TheOrderOfTheFieldsDoesNotMatter) {
    EXPECT_EQ(walked(R"({"x": [1, 2], "attempt" : 2, "run_id":"r1", "event_type":"run.started"})"),
              R"(run.started|r1|-|-|-|,"x":[1,2],"attempt":2)");
    EXPECT_EQ(walked(R"({"attempt":"two","run_id":"r1","event_type":"run.started"})"),
              "! check event: /attempt: found \"two\", expected an integer");
}

TEST(EventWalk, NamesAndNumbersStayAsTheyWereWritten) {
    EXPECT_EQ(heartbeat(R"("k\u0065y":1.0e+02,"u":"\u00e9")"),
              R"(run.heartbeat|r1|-|-|-|,"k\u0065y":1.0e+02,"u":"\u00e9")");
}

TEST(EventWalk, ANameThatIsEscapedIsTheSameName) {
    EXPECT_EQ(
        heartbeat(R"("s\u0065q":1)"),
        "! check event: /s\\u0065q: reserved for the log, which writes it itself; leave it out");
}

TEST(EventWalk, WhatTheLogWritesItselfIsRefused) {
    for (const char* const name : {"seq", "synced", "checksum"}) {
        EXPECT_EQ(heartbeat("\"" + std::string(name) + "\":1"),
                  "! check event: /" + std::string(name) +
                      ": reserved for the log, which writes it itself; leave it out");
    }
}

TEST(EventWalk, TypeAndRunAreRequired) {
    EXPECT_EQ(walked(R"({"run_id":"r1"})"),
              "! check event: /event_type: missing, expected the name of an event type");
    EXPECT_EQ(walked(R"({"x":1,"run_id":"r1"})"),
              "! check event: /event_type: missing, expected the name of an event type");
    EXPECT_EQ(walked(R"({"event_type":"run.heartbeat"})"),
              "! check event: /run_id: missing, expected a name of 1 to 256 bytes without control "
              "characters");
    EXPECT_EQ(walked("[]"), "! check event: found an array, expected an object");
}

TEST(EventWalk, NoFieldOfTheEnvelopeMayBeGivenTwice) {
    for (const char* const field : {R"("run_id":"r1")", R"("event_type":"run.heartbeat")"}) {
        EXPECT_TRUE(heartbeat(field).ends_with("given twice, expected once")) << field;
    }
    for (const char* const field :
         {R"("timestamp_ms":1)", R"("event_id":"1_0a1b2c3d")", R"("schema_version":1)"}) {
        EXPECT_TRUE(
            heartbeat(std::string(field) + "," + field).ends_with("given twice, expected once"))
            << field;
    }
}

TEST(EventWalk, TheRunIdIsChecked) {
    const auto with_run = [](const std::string& id) {
        return walked(R"({"event_type":"run.heartbeat","run_id":)" + id + "}");
    };
    EXPECT_NE(with_run("\"" + std::string(256, 'x') + "\"")[0], '!');
    for (const std::string& id :
         {std::string("\"\""), "\"" + std::string(300, 'x') + "\"", std::string("\"a\\u0000\""),
          std::string("\"a\\n\""), std::string("7"), std::string("null")}) {
        EXPECT_TRUE(with_run(id).starts_with("! check event: /run_id: found ")) << id;
    }
    EXPECT_TRUE(with_run("\"_ledger\"").starts_with("! check event: /run_id: found \"_ledger\""));
    EXPECT_TRUE(walked(R"({"event_type":"view.saved","run_id":"r1","name":"n","view":{}})")
                    .starts_with("! check event: /run_id: found \"r1\", expected `_ledger`"));
}

TEST(EventWalk, TheTimeMayBeADayAheadAndNoMore) {
    const std::int64_t last = kNow.value() + kTimestampAheadMsMax;
    EXPECT_NE(heartbeat("\"timestamp_ms\":" + std::to_string(last))[0], '!');
    EXPECT_EQ(heartbeat("\"timestamp_ms\":" + std::to_string(last + 1)),
              "! check event: /timestamp_ms: found 2026-01-24T00:00:00.001Z, expected at most one "
              "day ahead of "
              "the clock, 2026-01-23T00:00:00.000Z");
    EXPECT_NE(heartbeat("\"timestamp_ms\":0")[0], '!');
    for (const char* const time :
         {"-1", "1.5", "\"2026-01-23\"", "9223372036854775807", "99999999999999999999"}) {
        EXPECT_TRUE(heartbeat("\"timestamp_ms\":" + std::string(time))
                        .starts_with("! check event: /timestamp_ms: "))
            << time;
    }
}

TEST(EventWalk, TheIdIsAUuidOrOneOfTheEarlierTools) {
    EXPECT_NE(heartbeat(R"("event_id":"019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b")")[0], '!');
    EXPECT_EQ(heartbeat(R"("event_id":"42")"),
              "! check event: /event_id: found \"42\", expected a UUID, or `<ms>_<8 hex digits>`");
}

TEST(EventWalk, AVersionThatIsNotKnownIsRefused) {
    EXPECT_EQ(heartbeat(R"("schema_version":2)"),
              "! check event: /schema_version: found 2, expected at most 1, the newest version of "
              "run.heartbeat "
              "that this Daybook knows");
    EXPECT_TRUE(heartbeat(R"("schema_version":0)").starts_with("! check event: /schema_version: "));
}

TEST(EventWalk, DepthEndsAt64TheEventIncluded) {
    const auto deep = [](std::size_t levels) {
        return "\"x\":" + std::string(levels, '[') + std::string(levels, ']');
    };
    EXPECT_NE(heartbeat(deep(kNestingMax - 1))[0], '!');
    EXPECT_TRUE(heartbeat(deep(kNestingMax)).ends_with("nested more than 64 levels deep"));
}

TEST(EventWalk, ALineOf17MiBIsRefused) {
    const std::string text(std::size_t{17} << 20, 'x');
    WalkedEvent found;
    const Status status = walk_event(
        R"({"event_type":"run.heartbeat","run_id":"r1","x":")" + text + "\"}", kNow, &found);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kLimit);
}

TEST(EventWalk, APayloadThatLeavesNoRoomForTheRestOfTheLineIsRefused) {
    const std::string text(kLineBytesMax - 400, 'x');
    WalkedEvent found;
    const Status status = walk_event(
        R"({"event_type":"run.heartbeat","run_id":"r1","x":")" + text + "\"}", kNow, &found);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kLimit);
}

TEST(EventWalk, NothingOfOneEventIsLeftInTheNext) {
    WalkedEvent found;
    ASSERT_TRUE(walk_event(
        R"({"event_type":"run.started","event_id":"1_0a1b2c3d","timestamp_ms":1,"run_id":"r1",)"
        R"("schema_version":1,"attempt":1})",
        kNow, &found));
    ASSERT_TRUE(walk_event(R"({"event_type":"run.heartbeat","run_id":"r2"})", kNow, &found));
    EXPECT_EQ(found.event_id, std::nullopt);
    EXPECT_EQ(found.timestamp, std::nullopt);
    EXPECT_EQ(found.schema_version, std::nullopt);
    EXPECT_EQ(found.payload, "");
    EXPECT_EQ(found.run_id, "r2");
}

}  // namespace
}  // namespace daybook::schema
