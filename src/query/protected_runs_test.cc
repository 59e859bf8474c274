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

TEST_F(ProtectedRunsTest, EachKindOfFieldCanBeAskedOfDeletedRunsToo) {
    const auto passing = [&](std::string_view filter) {
        Session asked = session();
        return testing::value_of(runs_that_pass(asked, filter, TimestampMs(0)));
    };
    for (const std::string_view run : {"a", "gone"}) {
        add("run.created", run, 1, R"(,"config":{"kind":"ladder"})");
        add("run.tagged", run, 2, R"(,"tags":{"stage":"test"})");
        add("metric.recorded", run, 3, R"(,"metrics":{"sharpe":2.5})");
    }
    add("run.deleted", "gone", 4);
    add("run.created", "summed", 5);
    add("run.completed", "summed", 6, R"(,"summary":{"sharpe":3.5},"artifact_paths":{})");
    EXPECT_EQ(passing("metrics.sharpe > 2"), (Runs{"a", "gone", "summed"}));
    EXPECT_EQ(passing("metrics.sharpe > 3"), Runs{"summed"});
    EXPECT_EQ(passing("metrics.nobody_has_it > 2"), Runs{});
    EXPECT_EQ(passing("tags.stage = 'test' and metrics.sharpe > 2"), (Runs{"a", "gone"}));
    EXPECT_EQ(passing("params.kind = 'ladder'"), (Runs{"a", "gone"}));
    EXPECT_EQ(passing("summary.sharpe > 3"), Runs{"summed"});
    EXPECT_EQ(passing("experiment = 'x' or error.message = 'y' or environment.host = 'z' or "
                      "owner.pid = 1 or duration > 5m"),
              Runs{});
}

TEST_F(ProtectedRunsTest, AnUnknownFieldIsTheFiltersOwnError) {
    Session asked = session();
    const auto refused = runs_that_pass(asked, "sharpo.x > 2", TimestampMs(0));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(refused.error().message().find("Binder"), std::string::npos);
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
