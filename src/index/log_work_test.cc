#include "index/log_work.h"

#include <fstream>

#include "index/builder.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::index {
namespace {

class LogWorkTest : public ::testing::Test {
protected:
    // Reads all there is; the cursors after it.
    std::vector<PartState> read_all() {
        BatchReader reader(layout(), testing::value_of(find_work(layout(), {})), {});
        const auto batch = testing::value_of(reader.next());
        return batch->parts;
    }
    log::Layout layout() const { return log::Layout(ledger_.root()); }
    std::string part() const { return ledger_.root() + "/events/day=2026-01-01/part-000001.jsonl"; }
    std::string obstacle(const std::vector<PartState>& states) {
        const auto work = testing::value_of(find_work(layout(), states));
        const std::string found = testing::value_of(tail_obstacle(layout(), states, work));
        EXPECT_EQ(testing::value_of(cursor_obstacle(layout(), states)), found);
        return found;
    }

    testing::LedgerLines ledger_;
};

TEST_F(LogWorkTest, OnlyWhatHasGrownIsWork) {
    ledger_.created("a", 1);
    const std::vector<PartState> states = read_all();
    EXPECT_TRUE(testing::value_of(find_work(layout(), states)).empty());
    ledger_.created("b", 2);
    const auto work = testing::value_of(find_work(layout(), states));
    ASSERT_EQ(work.size(), 1U);
    EXPECT_EQ(work[0].state, states[0]);
    EXPECT_EQ(obstacle(states), "");
}

TEST_F(LogWorkTest, LimitsReadADayAgainOrOnlySoFar) {
    ledger_.created("a", 1);
    const std::vector<PartState> states = read_all();
    const auto again =
        testing::value_of(find_work(layout(), states, {.since = parse_day("2026-01-01")}));
    ASSERT_EQ(again.size(), 1U);
    EXPECT_TRUE(again[0].again);
    EXPECT_EQ(again[0].state.bytes, 0U);
    EXPECT_TRUE(
        testing::value_of(find_work(layout(), states, {.since = parse_day("2026-01-02")})).empty());
    ledger_.created("b", 2);
    EXPECT_TRUE(testing::value_of(find_work(layout(), states,
                                            {.only = BytesRead{{states[0].name, states[0].bytes}}}))
                    .empty());
    EXPECT_TRUE(testing::value_of(find_work(layout(), {}, {.only = BytesRead{}})).empty());
}

TEST_F(LogWorkTest, AChangedShrunkenOrVanishedPartIsAnObstacle) {
    ledger_.created("a", 1);
    const std::vector<PartState> states = read_all();
    const std::string before = testing::value_of(os::read_file(part(), 10'000));
    std::string other = before;
    other[other.find("\"a\"") + 1] = 'x';
    std::ofstream(part(), std::ios::trunc) << other << other;
    EXPECT_NE(obstacle(states), "");
    std::ofstream(part(), std::ios::trunc) << before.substr(0, 5);
    EXPECT_NE(obstacle(states), "");
    std::ofstream(part(), std::ios::trunc) << before << before;
    EXPECT_EQ(obstacle(states), "");
    testing::expect_ok(os::remove_file(part()));
    EXPECT_NE(obstacle(states), "");
}

}  // namespace
}  // namespace daybook::index
