#include "index/run_state.h"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::index {
namespace {

struct Step {
    LifeEvent life;
    Stamp stamp;
};

Step step(LifeKind kind, std::int64_t attempt, std::int64_t time, std::string_view id) {
    LifeEvent life{.kind = kind, .attempt = attempt};
    return {life, {time, id}};
}

RunState merged(const std::vector<Step>& steps) {
    RunState state("r");
    for (const Step& each : steps) {
        state.merge(each.life, each.stamp);
        state.touch(each.stamp.timestamp_ms, true);
    }
    return state;
}

// What the state says, for comparing.
std::string row_text(const RunState& state) {
    std::array<Cell, 27> cells{};
    state.to_row(cells);
    std::string text;
    for (const Cell& cell : cells) {
        switch (cell.kind()) {
            case Cell::Kind::kText: text += cell.as_text(); break;
            case Cell::Kind::kNull: text += "-"; break;
            default: text += std::to_string(cell.as_int());
        }
        text += " ";
    }
    return text;
}

TEST(RunStateTest, EveryOrderAndRepetitionComesToTheSame) {
    std::vector<Step> steps = {
        step(LifeKind::kStarted, 1, 10, "a"),     step(LifeKind::kInterrupted, 1, 15, "b"),
        step(LifeKind::kStarted, 2, 20, "c"),     step(LifeKind::kCompleted, 1, 30, "d"),
        step(LifeKind::kInterrupted, 2, 40, "e"), step(LifeKind::kFailed, 2, 25, "f"),
        step(LifeKind::kDeleted, 1, 7, "g")};
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5, 6};
    const std::string expected = row_text(merged(steps));
    do {
        std::vector<Step> shuffled;
        for (const std::size_t i : order) shuffled.push_back(steps[i]);
        shuffled.push_back(steps[order[0]]);
        ASSERT_EQ(row_text(merged(shuffled)), expected);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(RunStateTest, StatusFollowsTheHighestAttempt) {
    EXPECT_EQ(RunState("r").status(), "pending");
    const Step start = step(LifeKind::kStarted, 1, 1, "a");
    EXPECT_EQ(merged({start}).status(), "running");
    EXPECT_EQ(merged({start, step(LifeKind::kCompleted, 1, 2, "b")}).status(), "completed");
    EXPECT_EQ(merged({start, step(LifeKind::kCancelled, 1, 2, "b")}).status(), "cancelled");
    EXPECT_EQ(merged({start, step(LifeKind::kInterrupted, 1, 2, "b")}).status(), "interrupted");
    EXPECT_EQ(merged({step(LifeKind::kCompleted, 1, 2, "b"), step(LifeKind::kStarted, 2, 1, "c")})
                  .status(),
              "running");
}

}  // namespace
}  // namespace daybook::index
