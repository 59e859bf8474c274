#include "index/phase_state.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace daybook::index {
namespace {

struct Step {
    PhaseKind kind;
    std::int64_t order;
    std::int64_t time;
    const char* id;
};

// Rows as "order:started-ended status", in order.
std::string rows_of(const std::vector<Step>& steps, const RunState& run) {
    PhaseGroup group("r", "load", 0);
    for (const Step& each : steps) {
        group.merge({.kind = each.kind, .phase_name = "load", .phase_order = each.order},
                    {each.time, each.id});
    }
    std::string text;
    group.emit_rows(run, [&](std::span<const Cell> cells) {
        const auto number = [](const Cell& cell) {
            return cell.is_null() ? std::string() : std::to_string(cell.as_int());
        };
        text += number(cells[2]) + ":" + number(cells[3]) + "-" + number(cells[4]) + " " +
                std::string(cells[8].as_text()) + "; ";
    });
    return text;
}

TEST(PhaseStateTest, AnEndWithoutAnOrderGoesToTheLeastStartInEveryOrderOfEvents) {
    std::vector<Step> steps = {
        {PhaseKind::kStarted, 2, 10, "a"},    {PhaseKind::kStarted, 1, 11, "b"},
        {PhaseKind::kCompleted, -1, 30, "c"}, {PhaseKind::kCompleted, 1, 25, "d"},
        {PhaseKind::kCompleted, 0, 5, "e"},   {PhaseKind::kFailed, 2, 40, "f"}};
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
    do {
        std::vector<Step> shuffled;
        for (const std::size_t i : order) shuffled.push_back(steps[i]);
        shuffled.push_back(steps[order.back()]);
        ASSERT_EQ(rows_of(shuffled, RunState("r")),
                  "0:-5 completed; 1:11-30 completed; 2:10- failed; ");
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(PhaseStateTest, AnEndWaitsInARowOfItsOwn) {
    EXPECT_EQ(rows_of({{PhaseKind::kCompleted, -1, 30, "a"}}, RunState("r")), "-1:-30 completed; ");
}

TEST(PhaseStateTest, AnOpenPhaseIsCalledAsItsRunEnded) {
    const std::vector<Step> open = {{PhaseKind::kStarted, 0, 1, "a"}};
    RunState run("r");
    EXPECT_EQ(rows_of(open, run), "0:1- running; ");
    LifeEvent failed{.kind = LifeKind::kFailed};
    run.merge(failed, {5, "b"});
    EXPECT_EQ(rows_of(open, run), "0:1- abandoned; ");
    failed.failed_phase = Cell::text("load");
    run.merge(failed, {6, "c"});
    EXPECT_EQ(rows_of(open, run), "0:1- failed; ");
}

}  // namespace
}  // namespace daybook::index
