#include "index/tail_tables.h"

#include "index/answer_views.h"
#include "index/builder.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::index {
namespace {

class TailTablesTest : public ::testing::Test {
protected:
    TailTablesTest() {
        // Two lines that lack their key: two rows of the snapshot's index_damage.
        ledger_.append({R"({"event_type":"trial.recorded","timestamp_ms":1,"run_id":"r"})",
                        R"({"event_type":"trial.recorded","timestamp_ms":2,"run_id":"r"})"});
        testing::value_of(build(ledger_.root()));
        testing::expect_ok(connection_.execute("ATTACH '" +
                                               IndexLayout(ledger_.root()).snapshot_path() +
                                               "' AS snapshot (READ_ONLY)"));
        tables_ = testing::value_of(TailTables::create(connection_));
        testing::expect_ok(tables_->insert(
            "index_damage", "SELECT 'a', 1, 2, 'x' UNION ALL SELECT 'b', 3, 4, 'y'"));
    }
    std::vector<std::string> column(const std::string& sql) {
        duck::Rows rows = testing::value_of(connection_.query(sql));
        std::vector<std::string> values;
        while (testing::value_of(rows.next())) values.push_back(rows.text(0));
        return values;
    }
    using Values = std::vector<std::string>;

    testing::LedgerLines ledger_;
    duck::Database database_ = testing::value_of(duck::Database::open_in_memory());
    duck::Connection connection_ = testing::value_of(database_.connect());
    std::unique_ptr<TailTables> tables_;
};

TEST_F(TailTablesTest, RowsOfBothHavePositionsOfTheirOwn) {
    EXPECT_EQ(column("SELECT _row FROM " + tables_->rows_of("index_damage") + " ORDER BY ALL"),
              (Values{"-2", "-1", "0", "1"}));
}

TEST_F(TailTablesTest, RowsOfBothGoByTheirPosition) {
    testing::expect_ok(tables_->erase_rows("index_damage", "SELECT unnest([0, -2])"));
    EXPECT_EQ(column("SELECT _row FROM " + tables_->rows_of("index_damage") + " ORDER BY ALL"),
              (Values{"-1", "1"}));
}

TEST_F(TailTablesTest, RowsOfBothGoByACondition) {
    testing::expect_ok(tables_->erase("index_damage", "length > 2"));
    EXPECT_EQ(column("SELECT part FROM " + tables_->rows_of("index_damage")), Values{"a"});
}

TEST_F(TailTablesTest, ViewsShowWhatIsLeftUnderTheTablesNames) {
    testing::expect_ok(tables_->erase("index_damage", "\"offset\" = 0 OR part = 'a'"));
    testing::expect_ok(create_answer_views(
        connection_, [&](std::string_view table) { return tables_->current_rows_of(table); }, {}));
    EXPECT_EQ(column("SELECT count(*) FROM index_damage"), Values{"2"});
    EXPECT_EQ(column("SELECT count(*) FROM snapshot.index_damage"), Values{"2"});
    EXPECT_EQ(column("SELECT count(*) FROM latest_runs"), Values{"0"});
    EXPECT_EQ(column("SELECT format FROM index_meta"), Values{std::to_string(kIndexFormat)});
}

}  // namespace
}  // namespace daybook::index
