#include "ledger/event_log.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/calendar.h"
#include "base/clock.h"
#include "ledger/verify.h"
#include "log/reserve.h"
#include "os/test_support.h"
#include "support/log_lines.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

constexpr TimestampMs kNow{1769126400000};  // 2026-01-23T00:00:00Z
using Lines = std::vector<std::string>;

class EventLogTest : public ::testing::Test {
protected:
    EventLogTest() : log_(*EventLog::open(dir_, {.clock = &clock_, .background = false})) {}

    Lines lines() const { return testing::log_lines(dir_.root()); }
    Lines unstamped() const { return testing::unstamped_lines(dir_.root()); }

    testing::TempDir temp_;
    LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{kNow};
    std::unique_ptr<EventLog> log_;
};

TEST_F(EventLogTest, TheFirstLineIsExactlyThis) {
    const Result<event::Receipt> receipt = log_->emit("r1", event::RunStarted{.attempt = 2});
    ASSERT_TRUE(receipt.has_value()) << receipt.error().message();
    ASSERT_EQ(lines().size(), 1u);
    EXPECT_TRUE(lines()[0].starts_with(
        R"({"event_type":"run.started","event_id":")" + receipt->event_id.to_string() +
        R"(","timestamp_ms":1769126400000,"run_id":"r1","attempt":2,"seq":1,"checksum":")"))
        << lines()[0];
}

TEST_F(EventLogTest, OpeningWithoutCreatingNeedsALedger) {
    const LedgerDir missing(temp_ / "missing");
    const Result<std::unique_ptr<EventLog>> log = EventLog::open(missing, {.create = false});
    ASSERT_FALSE(log.has_value());
    EXPECT_EQ(log.error().code(), ErrorCode::kNotFound);
    EXPECT_FALSE(std::filesystem::exists(missing.root()));
}

TEST_F(EventLogTest, AClockThatWasNeverSetIsRefused) {
    const ManualClock unset(TimestampMs(1000));
    EXPECT_EQ(EventLog::open(dir_, {.clock = &unset}).error().code(), ErrorCode::kUnsupported);
}

TEST_F(EventLogTest, IdsAscendAlsoWhenTheClockGoesBack) {
    std::vector<event::EventId> ids;
    for (int i = 0; i < 1000; ++i) {
        if (i % 10 == 0) clock_.step_to(kNow + (i % 3) * 1000);
        ids.push_back(log_->emit("r1", event::RunStarted{})->event_id);
    }
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
}

TEST_F(EventLogTest, AGivenTimeIsWrittenUnchangedToItsOwnDay) {
    for (const std::int64_t time : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-86400000},
                                    std::int64_t{999999999999}, kNow.value() + kDayMs}) {
        SCOPED_TRACE(time);
        ASSERT_TRUE(
            log_->emit("r1", event::RunStarted{}, {.timestamp = TimestampMs(time)}).has_value());
        const std::string day = daybook::to_string(day_of(TimestampMs(time)));
        EXPECT_TRUE(
            std::filesystem::exists(dir_.root() + "/events/day=" + day + "/part-000001.jsonl"));
        bool found = false;
        for (const std::string& line : lines()) {
            if (line.find("\"timestamp_ms\":" + std::to_string(time) + ",") != std::string::npos)
                found = true;
        }
        EXPECT_TRUE(found);
    }
    EXPECT_TRUE(verify(dir_)->clean());
}

TEST_F(EventLogTest, ATimeMoreThanADayAheadIsRefused) {
    const Result<event::Receipt> receipt =
        log_->emit("r1", event::RunStarted{}, {.timestamp = kNow + (kDayMs + 1)});
    ASSERT_FALSE(receipt.has_value());
    EXPECT_EQ(receipt.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(lines(), Lines{});
}

TEST_F(EventLogTest, JsonIsCheckedOrderedAndStamped) {
    const Result<JsonReceipt> receipt = log_->emit_json(
        R"( { "run_id" : "r1", "trial_id":"t", "metrics":{"a":1.50}, "params":{}, "event_type":"trial.recorded", "note":"x" } )");
    ASSERT_TRUE(receipt.has_value()) << receipt.error().message();
    EXPECT_EQ(
        unstamped(),
        Lines{
            R"({"event_type":"trial.recorded","run_id":"r1","trial_id":"t","metrics":{"a":1.50},"params":{},"note":"x"})"});
    EXPECT_NE(lines()[0].find(receipt->event_id), std::string::npos);
    EXPECT_EQ(receipt->durability, Durability::kProcess);
}

TEST_F(EventLogTest, GivenIdsAndTimesAreKeptInEveryCombination) {
    const std::pair<std::string, std::string> cases[] = {
        {R"("event_id":"1600000000000_0a1b2c3d",)",
         R"("event_id":"1600000000000_0a1b2c3d","timestamp_ms":1769126400000)"},
        {R"("timestamp_ms":5,)", R"("timestamp_ms":5)"},
        {R"("timestamp_ms":5,"event_id":"5_0a1b2c3d",)",
         R"("event_id":"5_0a1b2c3d","timestamp_ms":5)"},
        {R"("timestamp_ms":1769126400001,"event_id":"019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b",)",
         R"("event_id":"019bea3c-7d1e-7c40-9d0e-6f1f5c1d2a3b","timestamp_ms":1769126400001)"},
    };
    for (const auto& [given, written] : cases) {
        SCOPED_TRACE(given);
        const Result<JsonReceipt> receipt =
            log_->emit_json("{" + given + R"("event_type":"run.started","run_id":"r1"})");
        ASSERT_TRUE(receipt.has_value()) << receipt.error().message();
        bool found = false;
        for (const std::string& line : lines()) {
            const bool is_it = line.find(written + ",\"run_id\"") != std::string::npos &&
                               line.find(receipt->event_id) != std::string::npos;
            found = found || is_it;
        }
        EXPECT_TRUE(found);
    }
    EXPECT_TRUE(verify(dir_)->clean());
}

TEST_F(EventLogTest, ABatchTellsWhichEventsItRejected) {
    const std::string_view events[] = {
        R"({"event_type":"run.started","run_id":"a"})",
        R"({"event_type":"run.startd","run_id":"b"})",
        R"({"event_type":"run.started","run_id":"c"})",
        "{",
        R"({"event_type":"run.completed","run_id":"d","summary":{},"artifact_paths":{}})",
    };
    const BatchOutcome outcome = log_->emit_json_batch(events, std::nullopt, false);
    EXPECT_EQ(outcome.accepted, 3u);
    ASSERT_EQ(outcome.rejections.size(), 2u);
    EXPECT_EQ(outcome.rejections[0].index, 1u);
    EXPECT_NE(outcome.rejections[0].error.message().find("run.started"), std::string::npos);
    EXPECT_EQ(outcome.rejections[1].index, 3u);
    EXPECT_EQ(unstamped().size(), 3u);
    // run.completed is for `power`, and the batch with it.
    EXPECT_EQ(log_->stats().syncs, 1u);
}

TEST_F(EventLogTest, ABatchMayStopAtTheFirstRejection) {
    const std::string_view events[] = {R"({"event_type":"run.started","run_id":"a"})", "{",
                                       R"({"event_type":"run.started","run_id":"c"})"};
    const BatchOutcome outcome = log_->emit_json_batch(events, std::nullopt, true);
    EXPECT_EQ(outcome.accepted, 1u);
    EXPECT_EQ(outcome.rejections.size(), 1u);
    EXPECT_EQ(unstamped().size(), 1u);
}

TEST_F(EventLogTest, DefaultsByTypeDecideWhatIsSynced) {
    ASSERT_EQ(log_->emit("r1", event::RunStarted{})->durability, Durability::kProcess);
    EXPECT_EQ(log_->stats().syncs, 0u);
    ASSERT_EQ(log_->emit("r1", event::RunFailed{.error = {.message = "x"}})->durability,
              Durability::kPower);
    EXPECT_EQ(log_->stats().syncs, 1u);
    ASSERT_EQ(log_->emit("r1", event::RunFailed{.error = {.message = "x"}},
                         {.durability = Durability::kProcess})
                  ->durability,
              Durability::kProcess);
    EXPECT_EQ(log_->stats().syncs, 1u);
}

TEST_F(EventLogTest, ATypeRegisteredLaterIsAcceptedByAnOpenLog) {
    const std::string event = R"({"event_type":"desk.fill","run_id":"r1","price":1})";
    EXPECT_FALSE(log_->emit_json(event).has_value());
    ASSERT_TRUE(
        register_type(
            dir_,
            R"({"$schema":"http://json-schema.org/draft-07/schema#","$id":"desk.fill","title":"desk.fill","x-version":1,"type":"object","properties":{"price":{"type":"number"}}})")
            .has_value());
    const Result<JsonReceipt> receipt = log_->emit_json(event);
    EXPECT_TRUE(receipt.has_value()) << receipt.error().message();
}

// Where synced bytes do not survive power loss, as in memory.
class MemoryEventLogTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (!std::filesystem::is_directory("/dev/shm")) FAIL() << "/dev/shm is needed";
        std::filesystem::remove_all(dir_.root());
    }
    void TearDown() override { std::filesystem::remove_all(dir_.root()); }

    LedgerDir dir_{"/dev/shm/daybook-event-log-test-" + std::to_string(::getpid())};
};

TEST_F(MemoryEventLogTest, PowerIsRefusedIfAskedForAndLoweredWithOneWarningIfNot) {
    std::vector<std::string> warnings;
    const Result<std::unique_ptr<EventLog>> log = EventLog::open(
        dir_, {.on_warning = [&](std::string_view text) { warnings.emplace_back(text); }});
    ASSERT_TRUE(log.has_value()) << log.error().message();
    const event::RunFailed failed{.error = {.message = "x"}};
    EXPECT_EQ((*log)->emit("r1", failed)->durability, Durability::kProcess);
    EXPECT_EQ((*log)->emit("r1", failed)->durability, Durability::kProcess);
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_NE(warnings[0].find("tmpfs keeps files in memory"), std::string::npos);
    const Result<event::Receipt> refused =
        (*log)->emit("r1", failed, {.durability = Durability::kPower});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
}

// How often the reserve was given up for an event that found no room.
TEST_F(EventLogTest, OnlyTheLastWordsOfARunUseTheReserve) {
    ASSERT_TRUE(log_->emit("r1", event::RunStarted{}));
    os::Faults faults;
    faults.set_room(0);
    EXPECT_FALSE(log_->emit("r1", event::RunStarted{}));
    EXPECT_FALSE(log_->emit_json(R"({"event_type":"run.started","run_id":"r1"})"));
    EXPECT_EQ(log_->stats().reserve_given_up, 0U);
    EXPECT_FALSE(log_->emit("r1", event::RunFailed{.error = {.message = "no room"}}));
    EXPECT_EQ(log_->stats().reserve_given_up, 1U);
    ASSERT_TRUE(log::make_reserve(dir_.layout()));
    EXPECT_FALSE(log_->emit_json(R"({"event_type":"run.cancelled","run_id":"r1"})"));
    EXPECT_EQ(log_->stats().reserve_given_up, 2U);
}

}  // namespace
}  // namespace daybook::ledger
