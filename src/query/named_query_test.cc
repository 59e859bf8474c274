#include "query/named_query.h"

#include <gtest/gtest.h>

namespace daybook::query {
namespace {

std::string mistake(std::string source) {
    const auto query = parse_named_query("q", "q.sql", std::move(source));
    return query ? "none" : query.error().message();
}

TEST(NamedQuery, TheHeadSaysWhatItIs) {
    const auto query = parse_named_query(
        "best", "dir/best.sql",
        "-- title: The best: of all\n-- text: One line,\n-- text: and another.\n"
        "-- a remark\n-- parameter run run required: whose\n"
        "-- parameter n integer = 10: how many\n--parameter since time: from then on\n"
        "SELECT '$n', \"$x\", $n /* $y */ WHERE a = $run AND b > $since AND c = $run -- $z\n");
    ASSERT_TRUE(query.has_value()) << query.error().message();
    EXPECT_EQ(query->name, "best");
    EXPECT_EQ(query->title, "The best: of all");
    EXPECT_EQ(query->text, "One line, and another.");
    ASSERT_EQ(query->parameters.size(), 3U);
    EXPECT_TRUE(query->parameters[0].required);
    EXPECT_EQ(query->parameters[0].type, ParameterType::kRun);
    EXPECT_EQ(query->parameters[1].default_value, "10");
    EXPECT_EQ(query->parameters[1].description, "how many");
    EXPECT_FALSE(query->parameters[2].required || query->parameters[2].default_value);
    EXPECT_EQ(query->sql.substr(query->sql.find("SELECT")),
              "SELECT '$n', \"$x\", $2 /* $y */ WHERE a = $1 AND b > $3 AND c = $1 -- $z\n");
}

TEST(NamedQuery, WithoutAHeadTheNameIsTheTitle) {
    const auto query = parse_named_query("q", "q.sql", "SELECT 1");
    ASSERT_TRUE(query.has_value());
    EXPECT_EQ(query->title, "q");
    EXPECT_EQ(query->sql, "SELECT 1");
}

TEST(NamedQuery, AMistakeIsToldWithItsLine) {
    EXPECT_EQ(mistake("-- title: a\n-- parameter A text: b\nSELECT 1"),
              "q.sql:2: found the parameter \"A\", expected a name of small letters, digits and _");
    EXPECT_EQ(mistake("-- parameter a word: b\nSELECT $a"),
              "q.sql:1: parameter a: found \"word\", expected a type: text, integer, number, "
              "boolean, time, duration, run");
    EXPECT_EQ(mistake("-- parameter a text needed: b\nSELECT $a"),
              "q.sql:1: parameter a: found \"needed\", expected \"required\", \"= default\" or the "
              "colon");
    EXPECT_EQ(mistake("-- parameter a text: b\n-- parameter a text: c\nSELECT $a"),
              "q.sql:2: found the parameter a twice");
    EXPECT_EQ(mistake("-- title: a\nSELECT\n$b"),
              "q.sql:3: found $b, expected a parameter that the head declares: \"-- parameter b "
              "TYPE: …\"");
    EXPECT_EQ(mistake("-- parameter a text: b\nSELECT 1"),
              "q.sql: the parameter a is declared, but the SQL does not use it");
}

TEST(NamedQuery, NamesAreThoseOfFiles) {
    EXPECT_TRUE(is_query_name("best-trials_2"));
    for (const char* name : {"", "a b", "../a", ".a", "a.b"}) EXPECT_FALSE(is_query_name(name));
}

}  // namespace
}  // namespace daybook::query
