#include "lifecycle/retention_plan.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace daybook::lifecycle {
namespace {

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kNowMs = 20'000 * kDayMs;

// A run of that many days ago, of which 10 events, 100 bytes, 10 on disk, can go.
RunFacts run(std::string id, std::int64_t days_ago) {
    return {.run_id = std::move(id),
            .last_event_ms = kNowMs - days_ago * kDayMs,
            .events = 10,
            .bytes = 100,
            .disk_bytes = 10};
}

using Reasons = std::vector<std::pair<std::string, Reason>>;

Reasons reasons(const std::vector<RunDecision>& decisions) {
    Reasons found;
    for (const RunDecision& decision : decisions)
        found.emplace_back(decision.run_id, decision.reason);
    return found;
}

RetentionPlan plan(std::vector<RunFacts> runs, const RetentionPolicy& policy,
                   std::int64_t clock_ms = kNowMs, bool trust_clock = false) {
    LedgerFacts facts{.runs = std::move(runs)};
    for (const RunFacts& one : facts.runs) facts.disk_bytes += one.disk_bytes;
    return plan_retention(facts, policy,
                          {.clock = TimestampMs(clock_ms), .trust_clock = trust_clock});
}

TEST(RetentionPlan, WithoutALimitAllStay) {
    const RetentionPlan made = plan({run("a", 9000), run("b", 1)}, {.keep = {"x"}});
    EXPECT_EQ(reasons(made.goes), Reasons());
    EXPECT_EQ(reasons(made.stays), Reasons());
    EXPECT_EQ(made.within, 2U);
}

TEST(RetentionPlan, WhatIsOlderThanItsDaysGoesOldestFirst) {
    const RetentionPlan made = plan(
        {run("new", 1), run("edge", 30), run("old", 31), run("older", 300)}, {.keep_days = 30});
    EXPECT_EQ(reasons(made.goes), (Reasons{{"older", Reason::kTooOld}, {"old", Reason::kTooOld}}));
    EXPECT_EQ(made.within, 2U);
    EXPECT_EQ(made.events, 20U);
    EXPECT_EQ(made.bytes, 200U);
    EXPECT_EQ(made.disk_bytes, 20U);
    EXPECT_EQ(made.goes[0].text, "its last event, of 2023-12-09, is older than 30 days");
}

TEST(RetentionPlan, TheOldestGoUntilTheRestIsSmallEnough) {
    const RetentionPlan made =
        plan({run("a", 4), run("b", 3), run("c", 2), run("d", 1)}, {.keep_bytes = 25});
    EXPECT_EQ(reasons(made.goes),
              (Reasons{{"a", Reason::kBeyondBytes}, {"b", Reason::kBeyondBytes}}));
    EXPECT_EQ(made.notes, std::vector<std::string>());
}

TEST(RetentionPlan, ASizeThatCannotBeReachedIsToldOf) {
    RunFacts held = run("a", 4);
    held.held = "audit";
    const RetentionPlan made = plan({held, run("b", 3)}, {.keep_bytes = 5});
    EXPECT_EQ(reasons(made.goes), (Reasons{{"b", Reason::kBeyondBytes}}));
    EXPECT_EQ(reasons(made.stays), (Reasons{{"a", Reason::kHeld}}));
    ASSERT_EQ(made.notes.size(), 1U);
    EXPECT_TRUE(has(made.notes[0], "10 bytes stay, 5 are allowed")) << made.notes[0];
}

TEST(RetentionPlan, WhatProtectsNoRunIsToldOfWhereSomethingGoes) {
    const LedgerFacts facts{.runs = {run("a", 4)}, .idle = {"keep x: no run passes it"}};
    const PlanTime time{.clock = TimestampMs(kNowMs)};
    EXPECT_EQ(plan_retention(facts, {.keep_days = 5}, time).notes, std::vector<std::string>());
    EXPECT_EQ(plan_retention(facts, {.keep_days = 3}, time).notes, facts.idle);
}

TEST(RetentionPlan, RunsBeyondTheLastGo) {
    RunFacts deleted = run("deleted", 1);
    deleted.is_deleted = true;
    const RetentionPlan made =
        plan({run("a", 4), run("b", 3), run("c", 2), deleted}, {.keep_last_runs = 2});
    EXPECT_EQ(reasons(made.goes),
              (Reasons{{"a", Reason::kBeyondRuns}, {"deleted", Reason::kBeyondRuns}}));
}

TEST(RetentionPlan, DeletedRunsGoOnlyIfThatIsAskedFor) {
    RunFacts deleted = run("a", 1);
    deleted.is_deleted = true;
    EXPECT_EQ(reasons(plan({deleted}, {.keep_days = 30}).goes), Reasons());
    EXPECT_EQ(reasons(plan({deleted}, {.deleted = true}).goes), (Reasons{{"a", Reason::kDeleted}}));
}

TEST(RetentionPlan, WhatProtectsIsNamed) {
    std::vector<RunFacts> runs;
    const auto add = [&runs](const char* id, auto&& change) {
        RunFacts facts = run(id, 99 - static_cast<std::int64_t>(runs.size()));
        change(facts);
        runs.push_back(facts);
    };
    add("running", [](RunFacts& f) { f.is_running = true; });
    add("unsealed", [](RunFacts& f) { f.unsealed = "day=2026-01-01/part-000001"; });
    add("unarchived", [](RunFacts& f) { f.unarchived = "day=2026-01-01/part-000002"; });
    add("unindexed", [](RunFacts& f) { f.unindexed = "day=2026-01-01/part-000003"; });
    add("damaged", [](RunFacts& f) { f.damaged = "archive/day=2026-01-01/x"; });
    add("held", [](RunFacts& f) { f.held = "audit"; });
    add("pinned", [](RunFacts& f) { f.pinned = "stage=production"; });
    add("kept", [](RunFacts& f) { f.kept = "trials > 5"; });
    add("reduced", [](RunFacts& f) { f.events = 0; });
    runs.push_back(run("new", 1));
    const RetentionPlan made = plan(runs, {.keep_days = 30});
    EXPECT_EQ(reasons(made.goes), Reasons());
    EXPECT_EQ(reasons(made.stays), (Reasons{{"running", Reason::kRunning},
                                            {"unsealed", Reason::kUnsealed},
                                            {"unarchived", Reason::kUnarchived},
                                            {"unindexed", Reason::kUnindexed},
                                            {"damaged", Reason::kDamaged},
                                            {"held", Reason::kHeld},
                                            {"pinned", Reason::kPinned},
                                            {"kept", Reason::kKept}}));
    EXPECT_EQ(made.reduced, 1U);
    EXPECT_EQ(made.stays[2].text,
              "day=2026-01-01/part-000002 is not archived; 'daybook archive' does it");
    EXPECT_EQ(made.stays[6].text, "pinned by tag stage=production");
}

TEST(RetentionPlan, WhatProtectsARunProtectsThoseBelowIt) {
    RunFacts held = run("p", 90);
    held.held = "audit";
    RunFacts running = run("q", 89);
    running.is_running = true;
    RunFacts child = run("child", 88);
    child.parent_run_id = "q";
    const RetentionPlan made = plan({held, running, child, run("p.c1", 87), run("child.fold.1", 86),
                                     run("px", 85), run("new", 1)},
                                    {.keep_days = 30});
    EXPECT_EQ(reasons(made.goes), (Reasons{{"px", Reason::kTooOld}}));
    EXPECT_EQ(reasons(made.stays), (Reasons{{"p", Reason::kHeld},
                                            {"q", Reason::kRunning},
                                            {"child", Reason::kRunning},
                                            {"p.c1", Reason::kHeld},
                                            {"child.fold.1", Reason::kRunning}}));
    ASSERT_EQ(made.stays.size(), 5U);
    EXPECT_EQ(made.stays[3].text, "hold: audit (run p above it)");
}

TEST(RetentionPlan, TheLastRunsAreCountedWithThoseBelowThem) {
    RunFacts child = run("child", 2);
    child.parent_run_id = "b";
    // `b` is as new as its child; `a.1` goes although it is newer than `b` itself.
    const RetentionPlan made =
        plan({run("a", 6), run("b", 5), run("a.1", 4), child, run("c", 1)}, {.keep_last_runs = 2});
    EXPECT_EQ(reasons(made.goes),
              (Reasons{{"a", Reason::kBeyondRuns}, {"a.1", Reason::kBeyondRuns}}));
}

TEST(RetentionPlan, RunsThatAreEachOthersParentsStandAlone) {
    RunFacts one = run("one", 3);
    one.parent_run_id = "two";
    RunFacts two = run("two", 2);
    two.parent_run_id = "one";
    EXPECT_EQ(reasons(plan({one, two}, {.keep_last_runs = 1}).goes),
              (Reasons{{"one", Reason::kBeyondRuns}}));
}

TEST(RetentionPlan, BeforeSizesAreKnownSomethingMayGoOfEveryRun) {
    RunFacts reduced = run("a", 40);
    reduced.events = 0;
    const LedgerFacts facts{.runs = {reduced}};
    const PlanTime time{.clock = TimestampMs(kNowMs), .trust_clock = true};
    EXPECT_EQ(plan_retention(facts, {.keep_days = 30}, time).reduced, 1U);
    EXPECT_EQ(reasons(plan_retention(facts, {.keep_days = 30}, time, Sizes::kUnknown).goes),
              (Reasons{{"a", Reason::kTooOld}}));
}

TEST(RetentionPlan, AClockThatJumpsAYearDeletesNothing) {
    const std::vector<RunFacts> runs = {run("a", 20), run("b", 1)};
    const RetentionPlan made = plan(runs, {.keep_days = 30}, kNowMs + 365 * kDayMs);
    EXPECT_EQ(reasons(made.goes), Reasons());
    EXPECT_EQ(made.counted_from.value(), kNowMs + 6 * kDayMs);
    ASSERT_EQ(made.notes.size(), 1U);
    EXPECT_TRUE(has(made.notes[0], "--trust-clock")) << made.notes[0];

    const RetentionPlan trusting = plan(runs, {.keep_days = 30}, kNowMs + 365 * kDayMs, true);
    EXPECT_EQ(reasons(trusting.goes), (Reasons{{"a", Reason::kTooOld}, {"b", Reason::kTooOld}}));
    EXPECT_EQ(trusting.notes, std::vector<std::string>());
}

TEST(RetentionPlan, AClockThatGoesBackDeletesLess) {
    const RetentionPlan made = plan({run("a", 40)}, {.keep_days = 30}, kNowMs - 300 * kDayMs);
    EXPECT_EQ(reasons(made.goes), Reasons());
}

// What the rules say of one run, without a thought for speed.
class Model {
public:
    Model(const LedgerFacts& facts, const RetentionPolicy& policy, std::int64_t counted_from)
        : facts_(facts), policy_(policy), counted_from_(counted_from) {}

    static bool is_protected(const RunFacts& run) {
        return run.is_running || !run.unsealed.empty() || !run.unarchived.empty() ||
               !run.unindexed.empty() || !run.held.empty() || !run.pinned.empty() ||
               !run.kept.empty();
    }
    bool asked_without_bytes(const RunFacts& run) const {
        if (policy_.deleted && run.is_deleted) return true;
        if (policy_.keep_days && run.last_event_ms < counted_from_ - *policy_.keep_days * kDayMs) {
            return true;
        }
        if (!policy_.keep_last_runs) return false;
        const auto newer = std::count_if(
            facts_.runs.begin(), facts_.runs.end(),
            [&](const RunFacts& other) { return !other.is_deleted && before(run, other); });
        return run.is_deleted || static_cast<std::uint64_t>(newer) >= *policy_.keep_last_runs;
    }
    // As a set that grows: the oldest run that can still go is added while the log is too large.
    std::vector<std::string> going() const {
        std::map<std::string, const RunFacts*> goes;
        std::uint64_t left = facts_.disk_bytes;
        for (const RunFacts& run : facts_.runs) {
            if (is_protected(run) || !asked_without_bytes(run)) continue;
            goes[run.run_id] = &run;
            left -= run.disk_bytes;
        }
        while (policy_.keep_bytes && left > *policy_.keep_bytes) {
            const RunFacts* oldest = nullptr;
            for (const RunFacts& run : facts_.runs) {
                if (is_protected(run) || goes.contains(run.run_id)) continue;
                if (oldest == nullptr || before(run, *oldest)) oldest = &run;
            }
            if (oldest == nullptr) break;
            goes[oldest->run_id] = oldest;
            left -= oldest->disk_bytes;
        }
        std::vector<std::string> ids;
        for (const auto& [id, run] : goes) {
            if (run->events > 0) ids.push_back(id);
        }
        return ids;
    }

private:
    static bool before(const RunFacts& a, const RunFacts& b) {
        return a.last_event_ms != b.last_event_ms ? a.last_event_ms < b.last_event_ms
                                                  : a.run_id < b.run_id;
    }
    const LedgerFacts& facts_;
    const RetentionPolicy& policy_;
    std::int64_t counted_from_;
};

RunFacts any_run(int number) {
    const auto rarely = [](const char* text) {
        return std::string(*rc::gen::inRange(0, 12) == 0 ? text : "");
    };
    RunFacts facts = run(fmt::format("r{}", number), *rc::gen::inRange<std::int64_t>(0, 60));
    facts.events = *rc::gen::inRange<std::uint64_t>(0, 5);
    facts.disk_bytes = facts.events * *rc::gen::inRange<std::uint64_t>(1, 10);
    facts.is_running = *rc::gen::inRange(0, 12) == 0;
    facts.is_deleted = *rc::gen::inRange(0, 4) == 0;
    facts.unsealed = rarely("part");
    facts.unarchived = rarely("part");
    facts.unindexed = rarely("part");
    facts.held = rarely("audit");
    facts.pinned = rarely("keep");
    facts.kept = rarely("filter");
    return facts;
}

RC_GTEST_PROP(RetentionPlanModel, GoesAsTheRulesSay, ()) {
    LedgerFacts facts;
    const int count = *rc::gen::inRange(0, 30);
    for (int i = 0; i < count; ++i) facts.runs.push_back(any_run(i));
    facts.disk_bytes = *rc::gen::inRange<std::uint64_t>(0, 40);
    for (const RunFacts& one : facts.runs) facts.disk_bytes += one.disk_bytes;
    RetentionPolicy policy;
    if (*rc::gen::arbitrary<bool>()) policy.keep_days = *rc::gen::inRange<std::int64_t>(1, 60);
    if (*rc::gen::arbitrary<bool>()) policy.keep_bytes = *rc::gen::inRange<std::uint64_t>(1, 200);
    if (*rc::gen::arbitrary<bool>())
        policy.keep_last_runs = *rc::gen::inRange<std::uint64_t>(1, 30);
    policy.deleted = *rc::gen::arbitrary<bool>();
    const std::int64_t clock_ms = kNowMs + *rc::gen::inRange<std::int64_t>(-40, 40) * kDayMs;

    const RetentionPlan made = plan_retention(facts, policy, {.clock = TimestampMs(clock_ms)});
    std::int64_t newest = clock_ms;
    if (!facts.runs.empty()) {
        newest = std::max_element(facts.runs.begin(), facts.runs.end(),
                                  [](const RunFacts& a, const RunFacts& b) {
                                      return a.last_event_ms < b.last_event_ms;
                                  })
                     ->last_event_ms;
    }
    RC_ASSERT(made.counted_from.value() == std::min(clock_ms, newest + 7 * kDayMs));
    std::vector<std::string> goes;
    for (const RunDecision& decision : made.goes) goes.push_back(decision.run_id);
    std::sort(goes.begin(), goes.end());
    RC_ASSERT(goes == Model(facts, policy, made.counted_from.value()).going());
    RC_ASSERT(made.goes.size() + made.stays.size() + made.within + made.reduced ==
              facts.runs.size());
    for (const RunDecision& decision : made.stays) RC_ASSERT(!decision.text.empty());

    // The order of the facts makes no difference.
    std::reverse(facts.runs.begin(), facts.runs.end());
    const RetentionPlan again = plan_retention(facts, policy, {.clock = TimestampMs(clock_ms)});
    RC_ASSERT(reasons(again.goes) == reasons(made.goes));
    RC_ASSERT(reasons(again.stays) == reasons(made.stays));
}

TEST(RetentionPlanClock, AgesAreCountedFromTheNewestWorkAndNotFromMarks) {
    constexpr std::int64_t kDay = std::int64_t{24} * 60 * 60 * 1000;
    LedgerFacts facts;
    facts.runs.push_back({.run_id = "a", .last_event_ms = 400 * kDay, .events = 1});
    facts.newest_work_ms = 10 * kDay;
    const RetentionPlan plan =
        plan_retention(facts, {.keep_days = 1}, {.clock = TimestampMs(400 * kDay)});
    EXPECT_EQ(plan.counted_from, TimestampMs(17 * kDay));
}

}  // namespace
}  // namespace daybook::lifecycle
