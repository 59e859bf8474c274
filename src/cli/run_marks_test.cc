#include "cli/run_marks.h"

#include <gtest/gtest.h>

#include "os/process.h"
#include "query/fresh.h"
#include "support/ledger_lines.h"
#include "support/outcome.h"

namespace daybook::cli {
namespace {

TEST(RunMarks, EachRunGetsTheEventWithWhoDidIt) {
    testing::LedgerLines ledger;
    ledger.created("a", 1);
    ledger.created("b", 2);
    const std::vector<Mark> marks = testing::value_of(
        mark_runs(ledger.root(), {"a", "b"}, [](const std::string& author) -> event::Payload {
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

TEST(RunMarks, NoLedgerIsMadeForAMark) {
    const testing::TempDir directory;
    const auto marks =
        mark_runs(directory / "none", {"a"},
                  [](const std::string&) -> event::Payload { return event::RunDeleted{}; });
    ASSERT_FALSE(marks.has_value());
    EXPECT_EQ(marks.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::cli
