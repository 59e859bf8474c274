#include "legacy/mapping.h"

#include "legacy/seed_toml.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

std::string error_of(std::string_view toml) {
    const auto mapping = parse_mapping(toml, "m.toml");
    return mapping ? "" : mapping.error().message();
}

constexpr std::string_view kRule =
    "[[rule]]\nfrom = 'a.b'\nevent = 'trial.recorded'\nrun_id = 'r'\ntime = 't'\n";

TEST(Mapping, TheBuiltInOneIsRead) {
    const Mapping mapping = must(load_mapping(""));
    EXPECT_EQ(mapping.name, "seed");
    EXPECT_GT(mapping.rules.size(), 10U);
}

TEST(Mapping, AValueIsAColumnAlternativesSqlAConstantOrAnObject) {
    const Mapping mapping = must(parse_mapping(
        std::string(kRule) +
            "[rule.fields]\na = 'x'\nb = ['x', { sql = 'y + 1', needs = ['y'] }, { value = [1, "
            "'two'] }]\nc = { json = ['j'], columns = { k = ['u', 'v'] }, rest = 'numbers', except "
            "= ['w'] }\n",
        "m"));
    ASSERT_EQ(mapping.rules.size(), 1U);
    const Rule& rule = mapping.rules[0];
    EXPECT_EQ(rule.from, std::vector<std::string>{"a.b"});
    ASSERT_EQ(rule.fields.size(), 3U);
    const ValueSpec& b = rule.fields[1].second;
    ASSERT_EQ(b.terms.size(), 3U);
    EXPECT_EQ(b.terms[0].text, "x");
    EXPECT_EQ(b.terms[1].kind, ValueTerm::Kind::kSql);
    EXPECT_EQ(b.terms[1].needs, std::vector<std::string>{"y"});
    EXPECT_EQ(b.terms[2].text, "[1,\"two\"]");
    const ObjectSpec& c = rule.fields[2].second.terms[0].object;
    EXPECT_EQ(c.json, std::vector<std::string>{"j"});
    EXPECT_EQ(c.members[0].second.terms.size(), 2U);
    EXPECT_EQ(c.rest, ObjectSpec::Rest::kNumbers);
    EXPECT_EQ(c.except, std::vector<std::string>{"w"});
}

TEST(Mapping, MistakesAreToldWithTheirLine) {
    EXPECT_EQ(error_of(""), "mapping m.toml: it has no rules; expected at least one [[rule]]");
    EXPECT_EQ(error_of("[[rule]]\nform = 'x'\n"),
              "mapping m.toml, line 2: unknown key 'form': did you mean 'from'?");
    EXPECT_EQ(error_of("[[rule]]\nfrom = 'x'\n"),
              "mapping m.toml, line 1: the rule has no 'event'");
    EXPECT_EQ(error_of(std::string(kRule) + "[rule.fields]\nx = 1\n"),
              "mapping m.toml, line 7: fields.x: found an integer, expected a column's name or a "
              "table");
    EXPECT_EQ(
        error_of(std::string(kRule) + "[rule.fields]\nrun_id = 'x'\n"),
        "mapping m.toml, line 7: fields: 'run_id' cannot be a field of a mapping: events have "
        "it anyway");
    EXPECT_EQ(
        error_of(std::string(kRule) + "[rule.fields]\nx = { rest = 'some' }\n"),
        "mapping m.toml, line 7: fields.x.rest: found text, expected \"numbers\", \"all\" or an "
        "array of columns");
    EXPECT_EQ(error_of(std::string(kRule) + "[rule.fields]\nx = { of_run = 'first' }\n"),
              "mapping m.toml, line 7: fields.x: of_run is for 'time' alone");
    EXPECT_NE(error_of("[[rule]\n").find("mapping m.toml, line 1, column"), std::string::npos);
    EXPECT_EQ(load_mapping("/nowhere.toml").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace daybook::legacy
