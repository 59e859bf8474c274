#include "legacy/plan.h"

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

class PlanTest : public LegacyTest {
protected:
    Result<Plan> plan(const std::string& sql, std::string_view mapping) {
        run(sql);
        const duck::Database database = must(duck::Database::open(file_, {.read_only = true}));
        duck::Connection connection = must(database.connect());
        return make_plan(must(parse_mapping(mapping, "m")), must(read_catalog(connection)),
                         connection);
    }
};

constexpr std::string_view kTable =
    "CREATE TABLE t (run VARCHAR, ts BIGINT, a DOUBLE, b INTEGER, "
    "c VARCHAR, flag BOOLEAN);";

std::string rule(std::string_view rest) {
    return "[[rule]]\nfrom = 't'\nevent = 'trial.recorded'\nrun_id = 'run'\ntime = 'ts'\n" +
           std::string(rest);
}

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
    EXPECT_TRUE(plan.error().message().starts_with("line 1 of the mapping: t: "))
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

TEST_F(PlanTest, TwoRulesWhoseEventsWouldHaveTheSameIdsAreRefused) {
    const std::string fields =
        "[rule.fields]\ntrial_id = 'c'\nparams = { value = {} }\nmetrics = { value = {} }\n";
    const std::string rows = std::string(kTable) + "INSERT INTO t VALUES ('r', 1, 1, 2, 'x', true)";
    const auto same = plan(rows, rule(fields) + rule(fields));
    ASSERT_FALSE(same);
    EXPECT_TRUE(same.error().message().starts_with(
        "lines 1 and 10 of the mapping: both make trial.recorded of the same rows of t"))
        << same.error().message();
    const auto with = [&](const char* first, const char* second) {
        return plan("SELECT 1", rule(first + fields) + rule(second + fields));
    };
    EXPECT_TRUE(with("", "key = ['run', { value = 'second' }]\n"));
    EXPECT_TRUE(with("where = 'a = 1'\n", "where = 'a = 2'\n"));
    EXPECT_FALSE(with("where = 'a = 1'\n", "where = 'b = 2'\n"));
    EXPECT_FALSE(with("where = 'a = 1'\nkey = ['run']\n", "where = 'b = 2'\nkey = ['run']\n"));
    EXPECT_TRUE(with("where = 'a = 1'\nkey = ['run']\n", "where = 'b = 3'\nkey = ['run']\n"));
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
