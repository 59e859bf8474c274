#include "lifecycle/import_journal.h"

#include <gtest/gtest.h>

#include "event/event_id.h"
#include "lifecycle/test_transfer.h"

namespace daybook::lifecycle {
namespace {

TEST(ImportJournal, IsTakenUpUntilItHasEnded) {
    const testing::TempDir temp;
    const ledger::LedgerDir dir(temp.path());
    ManualClock clock{TimestampMs(1'769'159'700'250)};
    ImportJournal first = testing::value_of(ImportJournal::open(dir, "ab", clock));
    EXPECT_FALSE(first.is_resumed());
    EXPECT_TRUE(event::is_event_id(first.event_id()));
    testing::expect_ok(first.begin());
    clock.advance_ms(1000);

    ImportJournal second = testing::value_of(ImportJournal::open(dir, "ab", clock));
    EXPECT_TRUE(second.is_resumed());
    EXPECT_EQ(second.event_id(), first.event_id());
    EXPECT_EQ(second.at(), first.at());
    EXPECT_FALSE(testing::value_of(ImportJournal::open(dir, "cd", clock)).is_resumed());
    testing::expect_ok(second.end());
    EXPECT_FALSE(testing::value_of(ImportJournal::open(dir, "ab", clock)).is_resumed());
}

}  // namespace
}  // namespace daybook::lifecycle
