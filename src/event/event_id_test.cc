#include "event/event_id.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::event {
namespace {

constexpr TimestampMs kNow{1769126400000};

std::int64_t time_of(const EventId& id) {
    std::int64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | id.bytes[i];
    return ms;
}

TEST(EventId, TextIsLowerCaseHexWithDashesAtTheFourPlaces) {
    EventId id;
    for (std::size_t i = 0; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(0x0f + 16 * i);

    EXPECT_EQ(id.to_string(), "0f1f2f3f-4f5f-6f7f-8f9f-afbfcfdfefff");
}

TEST(EventId, WriteTouchesExactly36Characters) {
    std::string out(kEventIdChars + 2, '#');

    EventIdGenerator(1).next(kNow).write(out.data() + 1);

    EXPECT_EQ(out.front(), '#');
    EXPECT_EQ(out.back(), '#');
    EXPECT_EQ(std::count(out.begin(), out.end(), '-'), 4);
}

TEST(EventId, CarriesTimeVersionAndVariant) {
    EventIdGenerator generator(7);
    for (int i = 0; i < 1000; ++i) {
        const EventId id = generator.next(kNow + i);
        ASSERT_EQ(time_of(id), kNow.value() + i);
        ASSERT_EQ(id.bytes[6] >> 4, 7);
        ASSERT_EQ(id.bytes[8] >> 6, 2);
    }
}

TEST(EventId, IdsOfOneGeneratorAscendAlsoWhenTheClockStandsOrGoesBack) {
    EventIdGenerator generator(42);
    EventId last = generator.next(kNow);
    for (int i = 0; i < 100'000; ++i) {
        const EventId id = generator.next(kNow + (i % 3 == 0 ? -5000 : 0));
        ASSERT_LT(last, id);
        ASSERT_LT(last.to_string(), id.to_string());
        last = id;
    }
}

TEST(EventId, GeneratorsWithDifferentSeedsShareNoId) {
    std::vector<EventId> ids;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        EventIdGenerator generator(seed);
        for (int i = 0; i < 100; ++i) ids.push_back(generator.next(kNow));
    }
    std::sort(ids.begin(), ids.end());

    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST(EventId, WhatTheGeneratorMakesIsAnEventId) {
    EXPECT_TRUE(is_event_id(EventIdGenerator(3).next(kNow).to_string()));
}

TEST(EventId, AnIdOfTheEarlierToolsIsAnEventId) {
    EXPECT_TRUE(is_event_id("1769126400000_0a1b2c3d"));
    EXPECT_TRUE(is_event_id("0_00000000"));
}

TEST(EventId, EveryWrongCharacterOfAUuidIsFound) {
    const std::string id = EventIdGenerator(3).next(kNow).to_string();
    for (std::size_t i = 0; i < id.size(); ++i) {
        std::string wrong = id;
        wrong[i] = id[i] == '-' ? '0' : 'g';
        EXPECT_FALSE(is_event_id(wrong)) << wrong;
    }
}

TEST(EventId, EverythingElseIsNone) {
    const std::string id = EventIdGenerator(3).next(kNow).to_string();
    for (const std::string& text :
         {std::string(), id.substr(1), id + "0", std::string("_0a1b2c3d"),
          std::string("1769126400000_0a1b2c3"), std::string("12_0a1b2c3d4"),
          std::string("x12_0a1b2c3d"), std::string("12_0a1b2c3g"), std::string("12-0a1b2c3d"),
          std::string("1234567890123456_0a1b2c3d")}) {
        EXPECT_FALSE(is_event_id(text)) << text;
    }
}

TEST(EventId, OneSeedGivesOneSequence) {
    EventIdGenerator a(5);
    EventIdGenerator b(5);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(a.next(kNow + i / 10), b.next(kNow + i / 10));
}

}  // namespace
}  // namespace daybook::event
