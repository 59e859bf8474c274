#include "legacy/value_reader.h"

#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

std::string error_of(std::string_view toml) {
    const auto mapping = parse_mapping(toml, "m.toml");
    return mapping ? "" : mapping.error().message();
}

constexpr std::string_view kRule =
    "[[rule]]\nfrom = 'a.b'\nevent = 'trial.recorded'\nrun_id = 'r'\ntime = 't'\n";

TEST(ValueReader, AValueIsAColumnAlternativesSqlAConstantOrAnObject) {
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

TEST(ValueReader, AListStandsWhereItsNameDoes) {
    const Mapping mapping = must(parse_mapping(
        "[lists]\ntables = ['a.b', 'a.c']\nended = ['done_at', { sql = 'x' }]\nmore = ['u', '@w']\n"
        "w = 'v'\n"
        "[[rule]]\nfrom = '@tables'\nevent = 'run.started'\nkey = ['r', '@ended']\nrun_id = 'r'\n"
        "time = ['at', '@ended', { of_run = 'last' }]\n[rule.fields]\n"
        "columns = { rest = '@more', except = ['@more', 'z'] }\n",
        "m"));
    const Rule& rule = mapping.rules.at(0);
    EXPECT_EQ(rule.from, (std::vector<std::string>{"a.b", "a.c"}));
    ASSERT_EQ(rule.key.size(), 2U) << "one part, with alternatives";
    EXPECT_EQ(rule.key[1].terms.size(), 2U);
    ASSERT_EQ(rule.time.terms.size(), 4U);
    EXPECT_EQ(rule.time.terms[1].text, "done_at");
    EXPECT_EQ(rule.time.terms[2].kind, ValueTerm::Kind::kSql);
    const ObjectSpec& columns = rule.fields[0].second.terms[0].object;
    EXPECT_EQ(columns.rest, ObjectSpec::Rest::kSome);
    EXPECT_EQ(columns.some, (std::vector<std::string>{"u", "v"}));
    EXPECT_EQ(columns.except, (std::vector<std::string>{"u", "v", "z"}));
}

TEST(ValueReader, MistakesInListsAreToldToo) {
    EXPECT_EQ(error_of("[lists]\nended = ['a']\n" + std::string(kRule) + "unless = '@endde'\n"),
              "mapping m.toml, line 8: unless: [lists] has no 'endde': did you mean '@ended'?");
    EXPECT_EQ(
        error_of("[lists]\na = ['@b']\nb = ['@a']\n" + std::string(kRule) + "unless = '@a'\n"),
        "mapping m.toml, line 2: unless: the list is in itself");
    EXPECT_EQ(error_of("lists = 1\n" + std::string(kRule)),
              "mapping m.toml, line 1: lists: found an integer, expected a table of arrays");
    EXPECT_EQ(error_of(std::string(kRule) + "unless = '@a'\n"),
              "mapping m.toml, line 6: unless: [lists] has no 'a'");
}

TEST(ValueReader, MistakesInValuesAreToldWithTheirLine) {
    const auto field = [](std::string_view value) {
        return error_of(std::string(kRule) + "[rule.fields]\nx = " + std::string(value) + "\n");
    };
    EXPECT_EQ(field("{ sql = 'a', given = 1 }"),
              "mapping m.toml, line 7: fields.x.given: found an integer, expected text or an array "
              "of texts");
    EXPECT_EQ(
        field("{ joined = ['a', 1] }"),
        "mapping m.toml, line 7: fields.x.joined: found an integer, expected text or an array "
        "of texts");
    EXPECT_EQ(field("['a', ['b']]"),
              "mapping m.toml, line 7: fields.x: found an array, expected a column's name or a "
              "table");
    EXPECT_EQ(field("{ rests = 'all' }"),
              "mapping m.toml, line 7: unknown key 'rests': did you mean 'rest'?");
    EXPECT_EQ(field("{ value = 1, after = 'a' }"),
              "mapping m.toml, line 7: unknown key 'after'; known are value, assumed");
    EXPECT_EQ(field("{ value = 1, assumed = 'x' }"),
              "mapping m.toml, line 7: fields.x.assumed: found text, expected true or false");
    EXPECT_EQ(
        field("{ from = 'a' }"),
        "mapping m.toml, line 7: fields.x: it has no 'to'; expected the columns of two times, "
        "'from' and 'to'");
}

}  // namespace
}  // namespace daybook::legacy
