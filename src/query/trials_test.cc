#include "query/fresh.h"
#include "query/runs.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::query {
namespace {

class TrialsTest : public ::testing::Test {
protected:
    TrialsTest() {
        ledger_.append(
            {R"({"event_type":"trial.recorded","timestamp_ms":1,"run_id":"r","trial_id":"a","params":{"kind":"stop","x":1,"q\"'u":2,"deep":{"y":3}},"metrics":{"sharpe":1.5,"x":9}})",
             R"({"event_type":"trial.recorded","timestamp_ms":2,"run_id":"r","trial_id":"b","params":{"kind":"ladder","on":true},"metrics":{"sharpe":2.5}})",
             R"({"event_type":"trial.recorded","timestamp_ms":3,"run_id":"r","trial_id":"c","params":{},"metrics":{}})"});
    }
    std::string table(const TrialOrder& order) {
        FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
        duck::Rows rows = testing::value_of(run_trials(fresh.session, "r", order));
        std::string text;
        for (std::size_t i = 0; i < rows.column_count(); ++i) text += rows.column_name(i) + " ";
        while (testing::value_of(rows.next())) {
            text += "\n";
            for (std::size_t i = 0; i < rows.column_count(); ++i) text += rows.text(i) + " ";
        }
        return text;
    }

    testing::LedgerLines ledger_;
};

TEST_F(TrialsTest, EachParameterAndMetricIsAColumn) {
    EXPECT_EQ(table({}),
              "trial_id state feasible deep.y kind on q\"'u params.x sharpe metrics.x "
              "\na complete NULL 3.0 stop NULL 2.0 1.0 1.5 9.0 "
              "\nb complete NULL NULL ladder true NULL NULL 2.5 NULL "
              "\nc complete NULL NULL NULL NULL NULL NULL NULL NULL ");
}

TEST_F(TrialsTest, OddTrialsCostTheOthersNothing) {
    ledger_.append(
        {R"({"event_type":"trial.recorded","timestamp_ms":4,"run_id":"r","trial_id":"d","params":{"kind":"\ud800"},"metrics":{}})",
         R"({"event_type":"trial.recorded","timestamp_ms":5,"run_id":"r","trial_id":"e","params":{"q\"":"text","":"none","deep":{"z":"far"}},"metrics":{}})",
         R"({"event_type":"trial.recorded","timestamp_ms":6,"run_id":"r","trial_id":"f","params":{"x":"auto"},"metrics":{}})"});
    const std::string all = table({});
    EXPECT_NE(all.find("\ne complete NULL none "), std::string::npos) << all;
    EXPECT_NE(all.find(" text "), std::string::npos) << all;
    EXPECT_NE(all.find(" auto "), std::string::npos) << all;
    EXPECT_NE(all.find(" 1.0 "), std::string::npos) << all;
    EXPECT_NE(table({.where = "params.deep.z = 'far'"}).find("\ne "), std::string::npos);
}

TEST_F(TrialsTest, ViolationsAreAColumnWhereThereAreAny) {
    ledger_.append(
        {R"({"event_type":"trial.recorded","timestamp_ms":4,"run_id":"r","trial_id":"d","params":{},"metrics":{},"feasible":false,"violations":["p05_mae","no_trades"]})"});
    const std::string all = table({});
    EXPECT_TRUE(all.starts_with("trial_id state feasible violations deep.y ")) << all;
    EXPECT_NE(all.find("\nd complete false p05_mae, no_trades "), std::string::npos) << all;
    const std::string some = table({.where = "violations ~ 'no_tr'"});
    EXPECT_NE(some.find("\nd "), std::string::npos) << some;
    EXPECT_EQ(some.find("\na "), std::string::npos) << some;
}

TEST_F(TrialsTest, NoColumnComesTwice) {
    ledger_.append(
        {R"({"event_type":"trial.recorded","timestamp_ms":4,"run_id":"r","trial_id":"d","params":{"state":"NY"},"metrics":{}})"});
    EXPECT_NE(table({}).find(" params.state "), std::string::npos) << table({});
}

TEST_F(TrialsTest, TheBestComeFirst) {
    EXPECT_NE(table({.metric = "sharpe", .limit = 1}).find("\nb "), std::string::npos);
    EXPECT_NE(table({.metric = "sharpe", .ascending = true, .limit = 1}).find("\na "),
              std::string::npos);
}

TEST_F(TrialsTest, ALimitBeyondWhatSqlCanCountIsNone) {
    EXPECT_EQ(table({.limit = ~std::size_t{0}}), table({}));
}

TEST_F(TrialsTest, TrialsThatDoNotCountComeAfterAllOthers) {
    ledger_.append(
        {R"({"event_type":"trial.recorded","timestamp_ms":4,"run_id":"r","trial_id":"d","feasible":false,"params":{},"metrics":{"sharpe":9}})"});
    EXPECT_NE(table({.metric = "sharpe", .limit = 1}).find("\nb "), std::string::npos);
    const std::string all = table({.metric = "sharpe"});
    EXPECT_GT(all.find("\nd "), all.find("\na "));
    EXPECT_LT(all.find("\nd "), all.find("\nc "));
}

TEST_F(TrialsTest, AnUnknownMetricNamesThoseThatAre) {
    FreshSession fresh = testing::value_of(open_fresh(ledger_.root()));
    const auto rows = run_trials(fresh.session, "r", {.metric = "sharp"});
    ASSERT_FALSE(rows.has_value());
    EXPECT_NE(rows.error().message().find("sharpe, x"), std::string::npos);
}

}  // namespace
}  // namespace daybook::query
