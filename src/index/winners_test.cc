#include "index/winners.h"

#include "support/index_memory.h"

namespace daybook::index {
namespace {

std::string trial(int id, int time, const std::string& params) {
    return fmt::format(R"({{"event_type":"trial.recorded","event_id":"{}","timestamp_ms":{},)"
                       R"("run_id":"r","trial_id":"t","params":{},"metrics":{{}}}})",
                       id, time, params);
}

std::size_t counting_events(const Batch& batch) {
    std::size_t count = 0;
    batch.for_each_event([&](Place) { ++count; });
    return count;
}

// The params of the rows that count.
std::vector<std::string> counting_rows(const Batch& batch) {
    std::vector<std::string> params;
    batch.for_each_row(Table::kTrials, [&](Place place) {
        params.emplace_back(batch.pieces[place.piece].row(Table::kTrials, place.row)[3].as_text());
    });
    return params;
}

TEST(WinnersTest, OfEqualCopiesOneCountsAcrossPieces) {
    const std::string line = trial(1, 5, "{}");
    Batch batch = testing::make_batch({line, line, line}, 1);
    const CopyReport report = drop_copies(batch, {});
    EXPECT_EQ(report.duplicates, 2U);
    EXPECT_TRUE(report.conflicting.empty());
    EXPECT_EQ(counting_events(batch), 1U);
}

TEST(WinnersTest, OfDifferentContentsTheLeastHashCountsInAnyOrder) {
    const std::string a = trial(1, 5, R"({"a":1})");
    const std::string b = trial(1, 6, R"({"b":1})");
    std::vector<std::string> kept;
    for (const auto& lines : {std::vector{a, b}, std::vector{b, a}, std::vector{a, b, a, b}}) {
        Batch batch = testing::make_batch(lines, 1);
        drop_copies(batch, {});
        pick_winners(batch);
        ASSERT_EQ(counting_rows(batch).size(), 1U);
        kept.push_back(counting_rows(batch).front());
    }
    EXPECT_EQ(kept[1], kept[0]);
    EXPECT_EQ(kept[2], kept[0]);
}

TEST(WinnersTest, AKnownConflictExcludesEveryGreaterContentAndNoLesserOne) {
    for (const int difference : {-1, 0, 1}) {
        Batch batch = testing::make_batch({trial(1, 5, "{}")});
        const StagedEvent& event = batch.pieces[0].events[0];
        const auto known = event.content + static_cast<std::uint64_t>(difference);
        const std::size_t counting = difference < 0 ? 0 : 1;
        EXPECT_EQ(drop_copies(batch, {{event.id, known}}).conflicting.size(), 1 - counting);
        EXPECT_EQ(counting_events(batch), counting);
    }
}

TEST(WinnersTest, TheGreatestTrialCountsByTimeThenId) {
    Batch batch = testing::make_batch(
        {trial(1, 5, "[1]"), trial(2, 7, "[2]"), trial(3, 7, "[3]"), trial(4, 6, "[4]")}, 2);
    drop_copies(batch, {});
    pick_winners(batch);
    EXPECT_EQ(counting_rows(batch), std::vector<std::string>{"[3]"});
}

}  // namespace
}  // namespace daybook::index
