#include "query/protected_runs.h"

#include <gtest/gtest.h>

#include "query/fresh.h"
#include "support/ledger_lines.h"
#include "support/outcome.h"

namespace daybook::query {
namespace {

using Runs = std::vector<std::string>;

class ProtectedRunsTest : public ::testing::Test {
protected:
    void add(std::string_view type, std::string_view run_id, int time,
             std::string_view fields = "") {
        ledger_.append({fmt::format(R"({{"event_type":"{}","timestamp_ms":{},"run_id":"{}"{}}})",
                                    type, time, run_id, fields)});
    }
    Session session() { return testing::value_of(open_fresh(ledger_.root())).session; }

    testing::LedgerLines ledger_;
};

TEST_F(ProtectedRunsTest, DeletedRunsAreFoundToo) {
    ledger_.created("a", 1);
    ledger_.created("b", 2);
    add("run.deleted", "b", 3);
    Session asked = session();
    EXPECT_EQ(testing::value_of(runs_that_pass(asked, "status = 'pending'", TimestampMs(0))),
              (Runs{"a", "b"}));
    EXPECT_EQ(testing::value_of(runs_that_pass(asked, "status = 'failed'", TimestampMs(0))),
              Runs{});
    EXPECT_FALSE(runs_that_pass(asked, "statos = 'failed'", TimestampMs(0)).has_value());
}

TEST_F(ProtectedRunsTest, ATagIsAKeyOrAKeyWithItsValue) {
    ledger_.created("a", 1);
    add("run.tagged", "a", 2, R"(,"tags":{"stage":"production"})");
    ledger_.created("b", 3);
    add("run.tagged", "b", 4, R"(,"tags":{"stage":"test"})");
    ledger_.created("c", 5);
    add("run.tagged", "c", 6, R"(,"tags":{"stage":"test"})");
    add("run.tagged", "c", 7, R"(,"tags":{"stage":null})");
    Session asked = session();
    EXPECT_EQ(testing::value_of(runs_with_tag(asked, "stage")), (Runs{"a", "b"}));
    EXPECT_EQ(testing::value_of(runs_with_tag(asked, "stage=production")), Runs{"a"});
    EXPECT_EQ(testing::value_of(runs_that_pass(asked, "tags.stage = 'test'", TimestampMs(0))),
              Runs{"b"});
}

}  // namespace
}  // namespace daybook::query
