#include "legacy/rule_planner.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

using Lines = std::vector<std::string>;

class RulePlannerTest : public ::testing::Test {
protected:
    // The members of each field of a rule with these fields, "name: a b".
    Lines members(const std::string& fields) {
        const auto mapping = parse_mapping(
            "[[rule]]\nfrom = 't'\nevent = 'my.type'\nkey = ['id']\nrun_id = 'run'\n"
            "time = ['at', 'made_at']\n[rule.fields]\n" +
                fields,
            "m");
        EXPECT_TRUE(mapping) << mapping.error().message();
        const CatalogTable table{
            .schema = "main",
            .name = "t",
            .columns = {"run", "ID", "at", "made_at", "a", "b", "text", "note"},
            .types = {"VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "DOUBLE", "INTEGER", "VARCHAR",
                      "VARCHAR"}};
        const Catalog catalog{.tables = {table}};
        RulePlanner planner(mapping->rules[0], catalog, catalog.tables[0]);
        Lines found;
        for (const PlannedField& field : planner.fields(missing_)) {
            std::string line = field.name + ":";
            for (const auto& [name, value] : field.value.terms[0].object.members) {
                line += " " + name;
            }
            found.push_back(line);
        }
        taken_ = planner.taken();
        return found;
    }

    Lines missing_;
    ColumnNames taken_;
};

TEST_F(RulePlannerTest, ARestIsWhatNothingElseTakesOfEveryRow) {
    EXPECT_EQ(members("m = { rest = 'numbers' }\nc = { rest = 'all' }\n"),
              (Lines{"m: a b", "c: made_at text note"}));
    EXPECT_EQ(taken_, (ColumnNames{"run", "id", "at", "made_at", "a", "b", "text", "note"}));
    EXPECT_EQ(members("x = ['text', 'note']\nc = { rest = 'all', except = ['A'] }\n"),
              (Lines{"x:", "c: made_at b note"}));
    EXPECT_EQ(taken_, (ColumnNames{"run", "id", "at", "made_at", "b", "text", "note"}));
    EXPECT_EQ(members("x = 'text'\nc = { rest = ['Text', 'note', 'gone'] }\n"),
              (Lines{"x:", "c: note"}));
}

TEST_F(RulePlannerTest, ARestThatIsEmptyIsNotMissing) {
    EXPECT_EQ(members("c = { rest = ['gone'] }\nx = 'gone'\ny = { columns = ['gone'] }\n"),
              Lines{});
    EXPECT_EQ(missing_, (Lines{"x", "y"}));
}

TEST_F(RulePlannerTest, ColumnsThatAreJoinedAreTaken) {
    EXPECT_EQ(members("x = { joined = ['note', 'gone', 'text'], after = 'w' }\n"
                      "c = { rest = 'all', except = ['made_at'] }\n"),
              (Lines{"x:", "c: a b"}));
}

// Of alternatives within the joined the first is taken, and the ones behind it are others.
TEST_F(RulePlannerTest, PartsThatAreJoinedHaveAlternatives) {
    EXPECT_EQ(members("x = { joined = [['gone', 'note', 'text']] }\n"
                      "c = { rest = ['note', 'text'] }\n"),
              (Lines{"x:", "c: text"}));
}

}  // namespace
}  // namespace daybook::legacy
