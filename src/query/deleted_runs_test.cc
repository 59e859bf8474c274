#include "query/deleted_runs.h"

#include <gtest/gtest.h>

#include "query/fresh.h"
#include "support/ledger_lines.h"
#include "support/outcome.h"

namespace daybook::query {
namespace {

using Found = std::optional<std::string>;

class DeletedRunsTest : public ::testing::Test {
protected:
    DeletedRunsTest() {
        int time = 0;
        for (const char* id : {"grid-1", "grid-2", "grid", "solo", "there"}) {
            ledger_.created(id, ++time, fmt::format(R"(,"name":"name of {}")", id));
            if (std::string_view(id) == "there") continue;
            ledger_.append({fmt::format(
                R"({{"event_type":"run.deleted","timestamp_ms":{},"run_id":"{}"}})", ++time, id)});
        }
    }
    Result<Found> find(std::string_view text) {
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        return find_deleted_run(fresh.session, text);
    }

    testing::LedgerLines ledger_;
};

TEST_F(DeletedRunsTest, AnIdComesBeforeItsBeginningAndANameLast) {
    EXPECT_EQ(testing::value_of(find("grid")), Found("grid"));
    EXPECT_EQ(testing::value_of(find("so")), Found("solo"));
    EXPECT_EQ(testing::value_of(find("name of grid-2")), Found("grid-2"));
}

TEST_F(DeletedRunsTest, WhatIsNotDeletedIsNotFound) {
    EXPECT_EQ(testing::value_of(find("there")), Found());
    EXPECT_EQ(testing::value_of(find("name of there")), Found());
    EXPECT_EQ(testing::value_of(find("nobody")), Found());
}

TEST_F(DeletedRunsTest, TheLastMarkIsTheOneThatCounts) {
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    EXPECT_EQ(testing::value_of(last_marked(fresh.session, "grid-1")), TimestampMs(2));
    EXPECT_EQ(testing::value_of(last_marked(fresh.session, "there")), std::nullopt);
    EXPECT_EQ(testing::value_of(last_marked(fresh.session, "nobody")), std::nullopt);
}

TEST_F(DeletedRunsTest, SeveralAreListed) {
    const auto found = find("grid-");
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(found.error().message().find("grid-1, grid-2"), std::string::npos)
        << found.error().message();
}

}  // namespace
}  // namespace daybook::query
