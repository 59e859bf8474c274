#include "ledger/part_survey.h"

#include <string>

#include <gtest/gtest.h>

#include "ledger/test_seals.h"

namespace daybook::ledger {
namespace {

class PartSurveyTest : public SealsTest {
protected:
    PartFacts survey(std::string_view bytes) {
        put_part(part_of(1), bytes);
        return survey_part(layout(), part_of(1), bytes.size()).value();
    }
};

TimestampMs time_of(std::int64_t seq) { return TimestampMs(20476 * kDayMs + kDayMs / 2 + seq); }

TEST_F(PartSurveyTest, AnEmptyPartHasNoEvents) { EXPECT_EQ(survey(""), PartFacts{}); }

TEST_F(PartSurveyTest, OnlyWholeLinesThatAreEventsCount) {
    const std::string foreign = R"({"run_id":"r","timestamp_ms":5,"event_id":"f","event_type":"t"})"
                                "\n";
    std::string damaged = event_line("d", 2);
    damaged[3] ^= 1;
    const std::string bytes = "{\"hello\":1}\n" + event_line("b", 1) + damaged + foreign +
                              event_line("a", 3) + R"({"event_type":"run.sta)";
    EXPECT_EQ(survey(bytes), (PartFacts{.bytes = bytes.size(),
                                        .events = 3,
                                        .first_event_id = "b",
                                        .last_event_id = "a",
                                        .timestamp_min = TimestampMs(5),
                                        .timestamp_max = time_of(3)}));
}

TEST_F(PartSurveyTest, WhatComesAfterTheGivenSizeIsNotSeen) {
    const std::string first = event_line("a", 1);
    put_part(part_of(1), first + event_line("b", 2));
    EXPECT_EQ(survey_part(layout(), part_of(1), first.size())->last_event_id, "a");
    EXPECT_EQ(survey_part(layout(), part_of(1), first.size() + 1)->events, 1U);
}

TEST_F(PartSurveyTest, AnIdOfAnyBytesSurvivesTheSeal) {
    const PartFacts facts = survey(
        "{\"event_type\":\"t\",\"event_id\":\"\xff\",\"timestamp_ms\":1,"
        "\"run_id\":\"r\"}\n");
    const Seal seal{.part = part_of(1), .facts = facts, .sha256 = std::string(64, 'a')};
    EXPECT_EQ(decode_seal(encode_seal(seal), "x")->facts, facts);
}

TEST_F(PartSurveyTest, EveryDifferenceIsNamed) {
    const PartFacts sealed = survey(event_line("a", 1) + event_line("b", 2));
    EXPECT_EQ(facts_difference(sealed, sealed), "");
    PartFacts found = sealed;
    found.bytes = 7;
    EXPECT_EQ(facts_difference(found, sealed),
              fmt::format("it has 7 bytes, the seal says {}", sealed.bytes));
    found = sealed;
    found.events = 3;
    EXPECT_EQ(facts_difference(found, sealed), "it has 3 events, the seal says 2");
    found = sealed;
    found.first_event_id.reset();
    EXPECT_EQ(facts_difference(found, sealed), "its first event is none, the seal says a");
    found = sealed;
    found.last_event_id = "c";
    EXPECT_EQ(facts_difference(found, sealed), "its last event is c, the seal says b");
    found = sealed;
    found.timestamp_min = TimestampMs(5);
    EXPECT_EQ(facts_difference(found, sealed),
              fmt::format("its smallest timestamp_ms is 5, the seal says {}", time_of(1).value()));
    found = sealed;
    found.timestamp_max.reset();
    EXPECT_EQ(
        facts_difference(found, sealed),
        fmt::format("its greatest timestamp_ms is none, the seal says {}", time_of(2).value()));
}

}  // namespace
}  // namespace daybook::ledger
