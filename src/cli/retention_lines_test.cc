#include "cli/retention_lines.h"

#include <gtest/gtest.h>

#include "cli/index_session.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::cli {
namespace {

using Lines = std::vector<std::string>;

class RetentionLinesTest : public ::testing::Test {
protected:
    void retained(int id, std::int64_t at_ms, const std::string& runs, int events) {
        ledger_.append({fmt::format(R"({{"event_id":"{}","event_type":"ledger.retained",)"
                                    R"("timestamp_ms":{},"run_id":"_ledger","runs":{},)"
                                    R"("events":{}}})",
                                    id, at_ms, runs, events)});
    }
    Lines lines(const std::string& run_id) {
        query::Session session = testing::value_of(open_index(ledger_.root()));
        return testing::value_of(retention_lines(session, run_id));
    }

    testing::LedgerLines ledger_;
};

TEST_F(RetentionLinesTest, ALineForEachRetentionOfTheRun) {
    ledger_.created("a", 1);
    // Two days of one retention, and another a day later.
    retained(1, 1'769'126'400'000, R"(["a"])", 2);
    retained(2, 1'769'126'400'000, R"(["a"])", 1'000);
    retained(3, 1'769'212'800'000, R"(["a","b"])", 1);
    EXPECT_EQ(lines("a"),
              (Lines{"1,002 events removed by retention on 2026-01-23, event 1",
                     "1 event of it and others removed by retention on 2026-01-24, event 3"}));
    EXPECT_EQ(lines("b").size(), 1U);
}

TEST_F(RetentionLinesTest, NothingIsSaidOfWhatIsAllThere) {
    ledger_.created("a", 1);
    EXPECT_EQ(lines("a"), Lines());
}

}  // namespace
}  // namespace daybook::cli
