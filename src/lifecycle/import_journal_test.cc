#include "lifecycle/import_journal.h"

#include <cerrno>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "event/event_id.h"
#include "ledger/event_log.h"
#include "lifecycle/test_transfer.h"
#include "os/test_support.h"

namespace daybook::lifecycle {
namespace {

class ImportJournalTest : public ::testing::Test {
protected:
    ImportJournal open(const std::string& name = "ab") {
        return testing::value_of(ImportJournal::open(ledger_.dir(), name, clock_));
    }
    // What is said of an import that wrote so many events; "": nothing.
    std::string record(const ImportJournal& journal, std::uint64_t written) {
        const auto log = testing::value_of(
            ledger::EventLog::open(ledger_.dir(), {.clock = &clock_, .background = false}));
        const IncomingReport events{.events = written, .written = written};
        const auto said = testing::value_of(
            journal.record(*log, {.source = "x", .events = events, .artifacts = {}}));
        return said ? said->id : "";
    }

    TestLedger ledger_;
    ManualClock clock_{TimestampMs(1'769'159'700'250)};
};

TEST_F(ImportJournalTest, IsTakenUpUntilItHasEnded) {
    ImportJournal first = open();
    EXPECT_FALSE(first.is_resumed());
    EXPECT_TRUE(event::is_event_id(first.event().id));
    testing::expect_ok(first.begin());
    clock_.advance_ms(1000);

    ImportJournal second = open();
    EXPECT_TRUE(second.is_resumed());
    EXPECT_EQ(second.event().id, first.event().id);
    EXPECT_EQ(second.event().at, first.event().at);
    EXPECT_FALSE(open("cd").is_resumed());
    testing::expect_ok(second.end());
    EXPECT_FALSE(open().is_resumed());
    testing::expect_ok(open().end());
}

TEST_F(ImportJournalTest, ItsEndIsOnTheDisk) {
    ImportJournal journal = open();
    testing::expect_ok(journal.begin());
    os::Faults faults;
    faults.fail(os::Call::kFsync, 1, EIO);
    EXPECT_FALSE(journal.end());
}

TEST_F(ImportJournalTest, WhereNothingIsNewNothingIsSaidUnlessAnEarlierAttemptMayHaveBroughtIt) {
    ImportJournal first = open();
    EXPECT_EQ(record(first, 0), "");
    testing::expect_ok(first.begin());
    EXPECT_EQ(record(open(), 0), first.event().id);
    EXPECT_EQ(ledger_.count("ledger.imported"), 1U);
}

// It has said what it brought; what comes now it has not.
TEST_F(ImportJournalTest, BehindOneThatDiedWhenItHadSaidSoTheNextOneIsAnother) {
    ImportJournal first = open();
    testing::expect_ok(first.begin());
    EXPECT_EQ(record(first, 1), first.event().id);

    ImportJournal second = open();
    EXPECT_FALSE(second.is_resumed());
    EXPECT_NE(second.event().id, first.event().id);
    EXPECT_EQ(record(second, 0), first.event().id) << "of what is here that one says so";
    EXPECT_EQ(ledger_.count("ledger.imported"), 1U);
    testing::expect_ok(second.begin());
    EXPECT_EQ(open().event().id, second.event().id) << "it has its own journal";
    EXPECT_EQ(record(second, 1), second.event().id);
    EXPECT_EQ(ledger_.count("ledger.imported"), 2U);
    testing::expect_ok(second.end());
    EXPECT_EQ(open().said(), std::nullopt);
}

// No log would take its time, today or tomorrow.
TEST_F(ImportJournalTest, OneOfAClockThatWasFarAheadIsResumedUnderAnotherTime) {
    const TimestampMs now = clock_.now();
    clock_.step_to(now + std::int64_t{40} * 24 * 60 * 60 * 1000);
    ImportJournal first = open();
    testing::expect_ok(first.begin());
    clock_.step_to(now);

    ImportJournal second = open();
    EXPECT_TRUE(second.is_resumed());
    EXPECT_NE(second.event().id, first.event().id);
    EXPECT_EQ(second.event().at, now);
    testing::expect_ok(second.begin());
    EXPECT_EQ(open().event().id, second.event().id);
    EXPECT_EQ(record(open(), 0), second.event().id);
}

}  // namespace
}  // namespace daybook::lifecycle
