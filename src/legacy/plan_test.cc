#include "legacy/plan.h"

#include "legacy/test_plan.h"

namespace daybook::legacy {
namespace {

class PlanTest : public PlannerTest {};

std::vector<std::string> members(const PlannedField& field) {
    std::vector<std::string> names;
    for (const auto& [name, value] : field.value.terms[0].object.members) names.push_back(name);
    return names;
}

TEST_F(PlanTest, ARestIsWhatNothingElseNames) {
    const Plan plan = must(this->plan(
        std::string(kTable), rule("[rule.fields]\ntrial_id = 'c'\nparams = { value = {} }\n"
                                  "metrics = { rest = 'numbers', except = ['B'] }\n"
                                  "other = { rest = 'all' }\n")));
    ASSERT_EQ(plan.rules.size(), 1U);
    EXPECT_EQ(members(plan.rules[0].fields[2]), std::vector<std::string>{"a"});
    EXPECT_EQ(members(plan.rules[0].fields[3]), (std::vector<std::string>{"b", "flag"}));
}

TEST_F(PlanTest, ARuleWithoutARequiredFieldIsSkippedAndSaid) {
    const auto plan =
        this->plan(std::string(kTable), rule("[rule.fields]\nparams = { value = {} }\n"));
    ASSERT_FALSE(plan);
    EXPECT_NE(plan.error().message().find("t: no trial.recorded is made of it (line 1 of the "
                                          "mapping): no column has its trial_id, which it must "
                                          "have"),
              std::string::npos)
        << plan.error().message();
}

TEST_F(PlanTest, ConditionsOfARulePassOtherTablesByWithoutAWord) {
    const std::string fields =
        "[rule.fields]\ntrial_id = 'c'\nparams = { value = {} }\nmetrics = { value = {} }\n";
    const Plan plan =
        must(this->plan(std::string(kTable), rule("unless = ['flag']\n" + fields) +
                                                 rule("needs = ['gone']\n" + fields) +
                                                 rule("needs = ['FLAG']\n" + fields)));
    ASSERT_EQ(plan.rules.size(), 1U);
    EXPECT_EQ(plan.rules[0].line, 21U);
    EXPECT_EQ(plan.notes,
              std::vector<std::string>{"t: in no event, or not of every row: a, b, flag"});
}

TEST_F(PlanTest, SqlThatDoesNotFitIsToldWithItsRule) {
    const auto plan = this->plan(
        std::string(kTable),
        rule("[rule.fields]\ntrial_id = { sql = 'nonsense + 1' }\nparams = { value = {} }\n"
             "metrics = { value = {} }\n"));
    ASSERT_FALSE(plan);
    EXPECT_TRUE(plan.error().message().starts_with("mapping m, line 7: fields.trial_id: of t: "))
        << plan.error().message();
    EXPECT_NE(plan.error().message().find("nonsense"), std::string::npos);
}

TEST_F(PlanTest, AStarIsForTablesThatNoRuleNames) {
    const std::string fields =
        "[rule.fields]\ntrial_id = 'c'\nparams = { value = {} }\nmetrics = { value = {} }\n";
    const Plan plan = must(this->plan(
        "CREATE SCHEMA bt; CREATE TABLE bt.a (run VARCHAR, ts BIGINT, c VARCHAR); CREATE TABLE "
        "bt.b (run VARCHAR, ts BIGINT, c VARCHAR);",
        "[[rule]]\nfrom = 'bt.a'\nevent = 'trial.recorded'\nrun_id = 'run'\ntime = 'ts'\n" +
            fields +
            "[[rule]]\nfrom = 'bt.*'\nevent = 'trial.recorded'\nrun_id = 'run'\ntime = 'ts'\n" +
            fields));
    ASSERT_EQ(plan.rules.size(), 2U);
    EXPECT_EQ(plan.rules[0].table, "bt.a");
    EXPECT_EQ(plan.rules[1].table, "bt.b");
}

TEST_F(PlanTest, AConstantIsTheTextThatItIs) {
    run(std::string(kTable) + "INSERT INTO t VALUES ('r', 1, 1, 2, 'x', true)");
    const std::vector<std::string> found = payloads(
        "run.started",
        "[[rule]]\nfrom = 't'\nevent = 'run.started'\nrun_id = { value = 'my \"study\"' }\n"
        "time = { value = 1700000000000 }\n");
    EXPECT_EQ(found, std::vector<std::string>{
                         "\"timestamp_ms\":1700000000000,\"run_id\":\"my \\\"study\\\"\""});
}

}  // namespace
}  // namespace daybook::legacy
