#include "legacy/plan_query.h"

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

using Lines = std::vector<std::string>;

class PlanQueryTest : public ::testing::Test {
protected:
    // What the query of a rule over t gives, "time run rows copy key… value…" by row, for a rule
    // with these parts of a key and that reads x.
    Lines rows(const std::string& sql, std::vector<std::string> key,
               const TimeSql& time = {"t.ts", ""}) {
        must(
            connection_.execute("CREATE OR REPLACE TABLE t (run VARCHAR, ts BIGINT, k VARCHAR, x "
                                "INTEGER); INSERT INTO t VALUES " +
                                sql));
        const CatalogTable table{.schema = "main", .name = "t"};
        std::vector<Draft> drafts(1);
        Draft& draft = drafts[0];
        draft.table = &table;
        draft.run = "t.run";
        draft.time = time;
        draft.key = std::move(key);
        draft.rule.key_parts = 1;
        draft.values = {"t.x"};
        draft.names = {"x"};
        must(make_times_of_runs(drafts, connection_));
        must(QueryMaker(connection_).complete(draft));
        duck::Rows found = must(connection_.query(draft.rule.sql));
        Lines lines;
        while (must(found.next())) {
            std::string line;
            for (std::size_t i = 0; i < found.column_count(); ++i) {
                line += (i > 0 ? " " : "") + found.text(i);
            }
            lines.push_back(line);
        }
        return lines;
    }

    duck::Database database_ = must(duck::Database::open_in_memory());
    duck::Connection connection_ = must(database_.connect());
};

TEST_F(PlanQueryTest, RowsThatTheirKeyTellsApartComeAsTheyAre) {
    EXPECT_EQ(rows("('r', 2, 'b', 7), ('r', 1, 'a', 7)", {"t.k"}),
              (Lines{"1 r 1 false a 7", "2 r 1 false b 7"}));
}

TEST_F(PlanQueryTest, OfOneKeyTheFirstByTimeIsNoCopy) {
    EXPECT_EQ(rows("('r', 2, 'a', 7), ('r', 1, 'a', 8), ('r', 3, 'b', 9), ('r', 2, 'a', 7), "
                   "('r', NULL, 'a', 1)",
                   {"t.k"}),
              (Lines{"NULL r 1 true a 1", "1 r 1 false a 8", "2 r 2 true a 7", "3 r 1 false b 9"}));
}

TEST_F(PlanQueryTest, WithoutAKeyEveryRowIsToldByItsContent) {
    EXPECT_EQ(rows("('r', 1, 'a', 7), ('r', 2, 'b', 7), ('r', 1, 'c', 7)", {}),
              (Lines{"1 r 2 true NULL 7", "2 r 1 true NULL 7"}));
}

// Behind the values stands the time that the row itself has.
TEST_F(PlanQueryTest, ARowWithoutATimeHasThatOfItsRun) {
    EXPECT_EQ(rows("('r', NULL, 'a', 7), ('r', 3, 'b', 8), ('r', 5, 'c', 9), ('q', NULL, 'd', 1)",
                   {"t.k"}, {"t.ts", "last"}),
              (Lines{"NULL q 1 false d 1 NULL", "3 r 1 false b 8 3", "5 r 1 false a 7 NULL",
                     "5 r 1 false c 9 5"}));
}

}  // namespace
}  // namespace daybook::legacy
