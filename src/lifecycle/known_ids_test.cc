#include "lifecycle/known_ids.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "index/event_key.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

TEST(IdTable, SaysWhatAMapWouldSay) {
    IdTable table;
    std::map<Hash128, std::uint64_t> model;
    SeededRandom random(1);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        // Few enough that they meet, and the id of zeros among them.
        const Hash128 id{.high = random.next() % 100, .low = random.next() % 100 * 2};
        const auto known = model.find(id);
        EXPECT_EQ(table.has(id), known != model.end());
        const auto there = table.insert(id, i);
        ASSERT_EQ(there.has_value(), known != model.end());
        EXPECT_EQ(there.value_or(i), known == model.end() ? i : known->second);
        model.emplace(id, i);
    }
}

std::string event(int number, std::int64_t day) {
    return fmt::format(R"({{"event_type":"run.tagged","event_id":"0193d5e8-0000-7000-8000-{:012}",)"
                       R"("timestamp_ms":{},"run_id":"r","tags":{{}}}})",
                       number, 1'769'159'700'250 + day * 86'400'000);
}

Hash128 key(int number) {
    return index::event_key(fmt::format("0193d5e8-0000-7000-8000-{:012}", number));
}

TEST(KnownIds, OfADayThoseAreKnownThatItsPartsHave) {
    const Day first(20476);
    TestLedger ledger;
    for (int day = 0; day < 12; ++day) ledger.emit(event(day, day));
    KnownIds known(archive::log_source(ledger.dir()));
    for (int day = 0; day < 12; ++day) {
        EXPECT_FALSE(known.has_day(first + day));
        testing::expect_ok(known.read_day(first + day));
        EXPECT_TRUE(known.has(first + day, key(day)));
        EXPECT_FALSE(known.has(first + day, key(day + 1)));
    }
    EXPECT_FALSE(known.has_day(first)) << "a few days are kept, the last used";
    EXPECT_TRUE(known.has_day(first + 11));
    EXPECT_FALSE(known.insert(first + 11, key(99), 5));
    EXPECT_EQ(known.insert(first + 11, key(99), 6), 5U);
}

TEST(KnownIds, TheTimeOfAnIdIsKnown) {
    EXPECT_EQ(day_of_id("019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b"), Day(20476));
    EXPECT_EQ(day_of_id("1769159700250_0badcafe"), Day(20476));
    EXPECT_EQ(day_of_id("019bea3c-7d1e-8c40-9d0e-6f1f5c1d2a3b"), std::nullopt);
    EXPECT_EQ(day_of_id("1769159700250"), std::nullopt);
    EXPECT_EQ(day_of_id("note_1"), std::nullopt);
    EXPECT_EQ(day_of_id(""), std::nullopt);
}

}  // namespace
}  // namespace daybook::lifecycle
