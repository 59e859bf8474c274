#include "legacy/rule_sql.h"

#include "legacy/test_plan.h"

namespace daybook::legacy {
namespace {

class RuleSqlTest : public PlannerTest {
protected:
    // "x y", or the message.
    std::string columns(const std::string& sql) {
        const auto parsed = parse_sql(sql, connection_);
        if (!parsed) return parsed.error().message();
        std::string names = parsed->unfinished;
        for (const std::string& name : parsed->columns) names += (names.empty() ? "" : " ") + name;
        return names;
    }

    duck::Database database_ = must(duck::Database::open_in_memory());
    duck::Connection connection_ = must(database_.connect());
};

TEST_F(RuleSqlTest, TheColumnsOfTheRowAreThoseThatAnExpressionReads) {
    EXPECT_EQ(columns("t.X * 2 + \"b c\" || t.\"@y\""), "@y b c x");
    EXPECT_EQ(columns("t.s.a || s2.b"), "s s2");
    EXPECT_EQ(columns("(SELECT max(o.z) FROM other o WHERE o.k = t.k AND w > 1)"), "k");
    EXPECT_EQ(columns("'constant'"), "");
    EXPECT_EQ(columns("t.run ||"), "|| run");
    EXPECT_TRUE(columns("t.run + (").starts_with("t.run + (: ")) << columns("t.run + (");
}

TEST_F(RuleSqlTest, AMistakeIsToldWithItsPlace) {
    const std::string fields =
        "[rule.fields]\ntrial_id = 'c'\nparams = { value = {} }\nmetrics = { value = {} }\n";
    const auto message = [&](const std::string& sql) {
        const auto refused = plan("SELECT 1", rule(fields + "x = { sql = '" + sql + "' }\n"));
        return refused ? "" : refused.error().message();
    };
    run(std::string(kTable));
    EXPECT_EQ(message("t.c ||"),
              "mapping m, line 10: fields.x: of t: found t.c ||: nothing stands behind its '||'");
    EXPECT_TRUE(message("nosuch(t.c)")
                    .starts_with("mapping m, line 10: fields.x: of t: found nosuch(t.c): Catalog "
                                 "Error: Scalar Function with name nosuch does not exist!"))
        << message("nosuch(t.c)");
    EXPECT_EQ(message("t.c || 1"), "");
}

// What SQL reads of every row is in the event, in whatever form; what stands behind a column is
// not.
TEST_F(RuleSqlTest, AColumnThatSqlReadsIsNotLeftOut) {
    run("CREATE TABLE t (run VARCHAR, secs BIGINT, x INTEGER, \"@y\" VARCHAR, z INTEGER, w "
        "INTEGER); INSERT INTO t VALUES ('r', 1700000000, 1, 'y', 2, 3)");
    EXPECT_EQ(events("[[rule]]\nfrom = 't'\nevent = 'run.started'\n"
                     "run_id = { sql = \"'lab-' || t.run\" }\ntime = { sql = 't.secs * 1000' }\n"
                     "[rule.fields]\nx2 = { sql = 't.x * 2' }\ny = { sql = 't.\"@y\"' }\n"
                     "z = { columns = { z = { sql = 'z + 1' } } }\n"
                     "v = ['x', { sql = 't.w' }]\n")
                  .size(),
              1U);
    EXPECT_EQ(report_.left_out,
              (std::vector<LeftOut>{{"t", "in no event, or not of every row: w"}}));
}

}  // namespace
}  // namespace daybook::legacy
