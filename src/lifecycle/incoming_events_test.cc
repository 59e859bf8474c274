#include "lifecycle/incoming_events.h"

#include <string>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

class IncomingTest : public ::testing::Test {
protected:
    // The event without its closing brace.
    static std::string body(int number, std::int64_t day = 0, const std::string& more = "") {
        return fmt::format(
            R"({{"event_type":"run.tagged","event_id":"0193d5e8-0000-7000-8000-{:012}",)"
            R"("timestamp_ms":{},"run_id":"r","tags":{{}}{})",
            number, 1'769'159'700'250 + day * 86'400'000, more);
    }
    static Status take(IncomingEvents& events, const std::string& body) {
        json::EnvelopeReader envelopes;
        const std::string whole = body + "}";
        return events.take(body, *envelopes.read(whole));
    }
    std::unique_ptr<ledger::EventLog> open() {
        return testing::value_of(ledger::EventLog::open(ledger_.dir(), {.background = false}));
    }

    TestLedger ledger_;
};

TEST_F(IncomingTest, EachEventIsWrittenOnceWithItsBytes) {
    const auto log = open();
    IncomingEvents events(archive::log_source(ledger_.dir()), log.get());
    for (int round = 0; round < 2; ++round) {
        // More days than ids are kept of.
        for (int day = 0; day < 20; ++day) testing::expect_ok(take(events, body(day, day)));
    }
    testing::expect_ok(events.flush());
    EXPECT_EQ(events.report().written, 20U);
    EXPECT_EQ(events.report().known, 20U);
    EXPECT_EQ(events.report().changed, 0U);
    EXPECT_EQ(to_string(*events.report().first_day), "2026-01-23");
    EXPECT_EQ(to_string(*events.report().last_day), "2026-02-11");
    const auto found = ledger_.events();
    EXPECT_EQ(found.size(), 20U);
    EXPECT_EQ(found.at("0193d5e8-0000-7000-8000-000000000003"), body(3, 3));
    EXPECT_NE(ledger_.read("events/day=2026-01-26/part-000001.jsonl"), "(none)");
}

TEST_F(IncomingTest, AnotherContentUnderAnIdIsNotWritten) {
    const auto log = open();
    IncomingEvents events(archive::log_source(ledger_.dir()), log.get());
    testing::expect_ok(take(events, body(1)));
    testing::expect_ok(take(events, body(1, 0, ",\"x\":1")));
    testing::expect_ok(events.flush());
    EXPECT_EQ(events.report().changed, 1U);
    EXPECT_EQ(ledger_.events().size(), 1U);
}

// Readers would take one of the two, and it might be this one.
TEST_F(IncomingTest, AnIdIsKnownOnItsOwnDayWhateverTheTimeSays) {
    const std::string id = "019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b";  // of 2026-01-23
    const auto event = [&](std::int64_t ms) {
        return fmt::format(R"({{"event_type":"run.tagged","event_id":"{}","timestamp_ms":{},)"
                           R"("run_id":"r","tags":{{}})",
                           id, ms);
    };
    const auto log = open();
    IncomingEvents events(archive::log_source(ledger_.dir()), log.get());
    testing::expect_ok(take(events, event(1'769'159'700'250)));
    testing::expect_ok(take(events, event(1'769'159'700'250 + 30 * 86'400'000LL)));
    testing::expect_ok(events.flush());
    EXPECT_EQ(events.report().changed, 1U);
    EXPECT_EQ(ledger_.events().size(), 1U);
}

TEST_F(IncomingTest, WhatHasToBeThereFirstIsCalledFirst) {
    const auto log = open();
    bool called = false;
    IncomingEvents events(archive::log_source(ledger_.dir()), log.get(), [&]() -> Status {
        EXPECT_TRUE(ledger_.events().empty());
        called = true;
        return {};
    });
    testing::expect_ok(take(events, body(1)));
    EXPECT_FALSE(called);
    testing::expect_ok(events.flush());
    EXPECT_TRUE(called);
}

TEST_F(IncomingTest, WithoutALogNothingIsWritten) {
    IncomingEvents events(archive::log_source(ledger_.dir()), nullptr);
    testing::expect_ok(take(events, body(1)));
    testing::expect_ok(events.flush());
    EXPECT_EQ(events.report().written, 1U);
    EXPECT_EQ(ledger_.files(), (std::map<std::string, std::string>{}));
}

TEST_F(IncomingTest, WhatFitsIntoNoLineIsRefused) {
    IncomingEvents events(archive::log_source(ledger_.dir()), nullptr);
    const std::string large = body(1, 0, ",\"x\":\"" + std::string(kLineBytesMax - 150, 'x') + '"');
    const Status status = take(events, large);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kLimit);
    // A time that no day has.
    EXPECT_FALSE(take(events, body(1, 4'000'000)));
}

}  // namespace
}  // namespace daybook::lifecycle
