#include "index/explain_merged.h"

#include <gtest/gtest.h>

namespace daybook::index {
namespace {

// Random histories beside the index are in explain_test.cc; here is what they hardly come to.
RowEvent event(const char* id, std::int64_t time, LifeKind kind, std::int64_t attempt = 1) {
    RowEvent made;
    made.event_id = id;
    made.timestamp_ms = time;
    made.life = LifeClaim{.kind = kind, .attempt = attempt};
    made.is_active = true;
    return made;
}

std::vector<Verdict> verdicts_of(const std::vector<RowEvent>& events) {
    std::vector<Verdict> verdicts(events.size());
    std::vector<std::string> notes;
    explain_status(events, verdicts, notes);
    return verdicts;
}

TEST(ExplainStatus, AnInterruptionGivesWayToAnEndOfItsAttempt) {
    const auto verdicts =
        verdicts_of({event("a", 1, LifeKind::kStarted), event("b", 2, LifeKind::kCompleted),
                     event("c", 3, LifeKind::kInterrupted), event("d", 4, LifeKind::kDeleted)});
    EXPECT_TRUE(verdicts[1].won.starts_with("status, ended_at_ms"));
    EXPECT_EQ(verdicts[2].lost, "an interruption, and its attempt has another end");
}

TEST(ExplainStatus, WhatDoesNotCountWinsNothing) {
    std::vector<RowEvent> events = {event("a", 1, LifeKind::kStarted),
                                    event("b", 9, LifeKind::kFailed, 7)};
    events[1].out = "a copy";
    const auto verdicts = verdicts_of(events);
    EXPECT_EQ(verdicts[1].won, "");
    EXPECT_EQ(verdicts[0].won,
              "started_at_ms, attempt, owner, _attempt_started_ms, "
              "last_event_ms, _active, status");
}

}  // namespace
}  // namespace daybook::index
