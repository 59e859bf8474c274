#include "cli/run_marks.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "os/process.h"
#include "query/deleted_runs.h"
#include "query/fresh.h"
#include "support/ledger_lines.h"
#include "support/outcome.h"

namespace daybook::cli {
namespace {

Result<std::vector<Mark>> mark(
    const std::string& root, const std::vector<std::string>& run_ids,
    const std::function<event::Payload(const std::string& author)>& payload) {
    query::FreshSession fresh = testing::value_of(query::open_fresh(root));
    return mark_runs(root, fresh.session, run_ids, payload);
}

TEST(RunMarks, EachRunGetsTheEventWithWhoDidIt) {
    testing::LedgerLines ledger;
    ledger.created("a", 1);
    ledger.created("b", 2);
    const std::vector<Mark> marks = testing::value_of(
        mark(ledger.root(), {"a", "b"}, [](const std::string& author) -> event::Payload {
            EXPECT_EQ(author, os::user_name());
            return event::RunDeleted{.author = author};
        }));
    ASSERT_EQ(marks.size(), 2U);
    EXPECT_EQ(marks[0].run_id, "a");
    EXPECT_NE(marks[0].event_id, marks[1].event_id);
    query::FreshSession fresh = testing::value_of(query::open_fresh(ledger.root()));
    duck::Rows rows = testing::value_of(fresh.session.query(
        "SELECT run_id, _deleted_id FROM runs_status WHERE deleted ORDER BY 1"));
    for (const Mark& mark : marks) {
        ASSERT_TRUE(testing::value_of(rows.next()));
        EXPECT_EQ(rows.text(0), mark.run_id);
        EXPECT_EQ(rows.text(1), mark.event_id);
    }
}

// As a clock that is ahead of this one deletes a run.
void delete_at(testing::LedgerLines& ledger, std::int64_t ms) {
    ledger.append(
        {fmt::format(R"({{"event_type":"run.deleted","timestamp_ms":{},"run_id":"a"}})", ms)});
}

event::Payload restored(const std::string&) { return event::RunRestored{}; }

TEST(RunMarks, AMarkCountsAlthoughTheLastOneIsOfAClockThatWasAhead) {
    testing::LedgerLines ledger;
    ledger.created("a", 1);
    delete_at(ledger, system_clock().now().value() + 3'600'000);
    testing::value_of(mark(ledger.root(), {"a"}, restored));
    query::FreshSession fresh = testing::value_of(query::open_fresh(ledger.root()));
    EXPECT_FALSE(testing::value_of(query::is_deleted(fresh.session, "a")));
}

TEST(RunMarks, WhereNoMarkWouldCountNoneIsMade) {
    testing::LedgerLines ledger;
    ledger.created("a", 1);
    delete_at(ledger, system_clock().now().value() + 3 * 86'400'000);
    const auto marks = mark(ledger.root(), {"a"}, restored);
    ASSERT_FALSE(marks.has_value());
    EXPECT_EQ(marks.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(marks.error().message().find("ahead"), std::string::npos);
}

TEST(RunMarks, NoLedgerIsMadeForAMark) {
    const testing::TempDir directory;
    testing::LedgerLines other;
    query::FreshSession fresh = testing::value_of(query::open_fresh(other.root()));
    const auto marks = mark_runs(directory / "none", fresh.session, {"a"}, restored);
    ASSERT_FALSE(marks.has_value());
    EXPECT_EQ(marks.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::cli
