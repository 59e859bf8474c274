#include "legacy/mapping_check.h"

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

std::vector<std::string> problems(const std::string& toml) {
    return must(check_mapping(must(parse_mapping(toml, "m")), schema::Registry::builtin()));
}

std::string rule(const std::string& event, const std::string& rest = "") {
    return "[[rule]]\nfrom = 't'\nevent = '" + event +
           "'\nkey = ['r']\nrun_id = 'r'\ntime = 'at'\n" + rest;
}

TEST(MappingCheck, TheBuiltInOneIsInOrder) {
    EXPECT_EQ(must(check_mapping(must(load_mapping("")), schema::Registry::builtin())),
              std::vector<std::string>{});
}

TEST(MappingCheck, TypesAndTheirFieldsAreKnownWithoutAFile) {
    EXPECT_EQ(problems(rule("run.creatd")),
              std::vector<std::string>{"line 1: event: the ledger does not know the type "
                                       "'run.creatd': did you mean 'run.created'?"});
    EXPECT_EQ(problems(rule("baseline.completed",
                            "[rule.fields]\nalerts_total = 'a'\n"
                            "alerts_ok = 'b'\n")),
              std::vector<std::string>{"line 1: fields: found no 'artifact_path', which a "
                                       "baseline.completed must have"});
}

TEST(MappingCheck, SqlThatIsNoneOrReadsMoreThanTheFileIsTold) {
    EXPECT_EQ(problems(rule("run.started", "where = 'nosuch > 3'\n")), std::vector<std::string>{});
    const auto broken = problems(rule("run.started", "where = 'nosuch > 3 and ('\n"));
    ASSERT_EQ(broken.size(), 1U);
    EXPECT_TRUE(broken[0].starts_with("line 1: where: ")) << broken[0];
    EXPECT_NE(broken[0].find("syntax error"), std::string::npos) << broken[0];
    const auto reads = problems(
        rule("run.started",
             "[rule.fields]\nx = { sql = \"(SELECT content FROM read_text('/etc/passwd'))\" }\n"));
    ASSERT_EQ(reads.size(), 1U);
    EXPECT_TRUE(reads[0].starts_with("line 8: fields.x: ")) << reads[0];
    EXPECT_EQ(problems(rule("run.started", "[rule.fields]\nx = { sql = 't.run ||' }\n")),
              std::vector<std::string>{
                  "line 8: fields.x: found t.run ||: nothing stands behind its '||'"});
}

TEST(MappingCheck, AConstantIsWhatItsFieldTakes) {
    const std::string fields =
        "[rule.fields]\nrun_type = 't'\nconfig = [{ json = 'c' }, { value = {} }]\n"
        "data_fingerprint = { value = '' }\nother = { value = 'x' }\n";
    EXPECT_EQ(problems(rule("run.created", fields)), std::vector<std::string>{});
    const auto wrong = problems(rule("run.created", fields + "seed = ['s', { value = 'abc' }]\n"));
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_TRUE(wrong[0].starts_with("line 12: fields.seed: found \"abc\", expected an integer"))
        << wrong[0];
}

TEST(MappingCheck, RulesOfTheSameIdsAreTold) {
    const auto twice = problems(rule("run.started") + rule("run.started"));
    ASSERT_EQ(twice.size(), 1U);
    EXPECT_TRUE(
        twice[0].starts_with("line 7: key: line 1 makes run.started of the same rows of t,"))
        << twice[0];
    EXPECT_EQ(problems(rule("run.started") + rule("run.started", "where = 'a'\n")),
              std::vector<std::string>{});
}

}  // namespace
}  // namespace daybook::legacy
