#include "ledger/retained_events.h"

#include "ledger/test_seals.h"

namespace daybook::ledger {
namespace {

constexpr const char* kEvent =
    R"({"event_type":"ledger.retained","event_id":"e","timestamp_ms":1,"run_id":"_ledger")";

TEST(RetainedEvents, WhatIsMissingIsAsIfNobodyHadWrittenIt) {
    EXPECT_EQ(read_retained_event("no JSON"), RetainedEvent());
    EXPECT_EQ(read_retained_event(std::string(kEvent) + "}"), RetainedEvent());
    EXPECT_EQ(read_retained_event(std::string(kEvent) +
                                  R"(,"events":-1,"ranges_sha256":7,"first_day":1})"),
              RetainedEvent());
    EXPECT_EQ(read_retained_event(std::string(kEvent) +
                                  R"(,"events":2,"bytes":3,"ranges_sha256":"a","batch":4,)"
                                  R"("batches":5,"first_day":"2026-01-23","left_sha256":"b"})"),
              (RetainedEvent{.first_day = "2026-01-23",
                             .ranges_sha256 = "a",
                             .left_sha256 = "b",
                             .events = 2,
                             .bytes = 3,
                             .batch = 4,
                             .batches = 5}));
}

class RetainedEventsTest : public SealsTest {};

TEST_F(RetainedEventsTest, TheyAreFoundAmongAllOthers) {
    std::string line = std::string(kEvent) + R"(,"events":2)";
    log::append_trailer(line, 0, log::Seq(2), log::Seq(0));
    put_part(part_of(1), event_line("other", 1) + line + "damage\n");
    const RetainedEvents found = read_retained_events(layout()).value();
    EXPECT_EQ(found, (RetainedEvents{{"e", {.events = 2}}}));
}

}  // namespace
}  // namespace daybook::ledger
