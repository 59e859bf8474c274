#include "cli/flags.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

TEST(Choice, IsAcceptedOrRefusedWithTheNearest) {
    EXPECT_EQ(refuse_unless_choice("json", "table|json|csv"), "");
    EXPECT_EQ(refuse_unless_choice("tabel", "table|json|csv"),
              "'tabel' is none of table, json, csv; did you mean 'table'?");
    EXPECT_EQ(refuse_unless_choice("xml", "table|json|csv"), "'xml' is none of table, json, csv");
    EXPECT_EQ(refuse_unless_choice("", "a"), "'' is none of a");
}

TEST(Choice, ReachesTheParserAndTheHelp) {
    CLI::App app;
    std::string value;
    CLI::Option* option = add_choice(app, "--format", value, "table|json", "how");
    EXPECT_EQ(option->get_type_name(), "table|json");
    std::vector<std::string> good = {"json", "--format"};
    app.parse(good);
    EXPECT_EQ(value, "json");
    std::vector<std::string> bad = {"jsno", "--format"};
    EXPECT_THROW(app.parse(bad), CLI::ValidationError);
}

TEST(Count, IsOfDigitsAlone) {
    for (const char* good : {"0", "7", "999999999999999999"}) {
        EXPECT_EQ(refuse_unless_count(good), "") << good;
    }
    for (const char* bad : {"-1", "+1", "1.5", "x", "", " 1", "1234567890123456789"}) {
        EXPECT_NE(refuse_unless_count(bad), "") << bad;
    }
    EXPECT_EQ(refuse_unless_count("-1"), "found '-1', expected a count: 0, 1, 2 …");
}

TEST(FlagWithDefault, WhatIsEmptyIsNoDefault) {
    EXPECT_EQ(refuse_if_empty("x"), "");
    EXPECT_NE(refuse_if_empty(""), "");
}

TEST(Seconds, AreWithinTheirBounds) {
    for (const char* good : {"0", "7", "86400"}) {
        EXPECT_EQ(refuse_unless_within(good, 0, 86'400), "") << good;
    }
    for (const char* bad : {"-1", "86401", "1.5", "soon", "", " 1", "1s", "99999999999"}) {
        EXPECT_NE(refuse_unless_within(bad, 0, 86'400), "") << bad;
    }
    EXPECT_EQ(refuse_unless_within("1.5", 0, 86'400),
              "found '1.5', expected a whole number from 0 to 86400");
    EXPECT_EQ(refuse_unless_within("0.05", 0.05, 1e9), "");
    EXPECT_EQ(refuse_unless_within("nan", 0.05, 1e9),
              "found 'nan', expected a number from 0.05 to 1000000000");
}

TEST(Seconds, ReachTheParserAndTheHelp) {
    CLI::App app;
    int value = 30;
    CLI::Option* option = add_seconds(app, "--wait", value, 0, 60, "how long");
    EXPECT_EQ(option->get_type_name(), "SECONDS");
    std::vector<std::string> good = {"7", "--wait"};
    app.parse(good);
    EXPECT_EQ(value, 7);
    std::vector<std::string> bad = {"61", "--wait"};
    EXPECT_THROW(app.parse(bad), CLI::ValidationError);
}

TEST(Flags, AChecksNameBecomesAFlag) {
    EXPECT_TRUE(name_flags({}));
    const Status named = name_flags(fail(ErrorCode::kLimit, "trials: found 0"));
    EXPECT_EQ(named.error().message(), "--trials: found 0");
    EXPECT_EQ(named.error().code(), ErrorCode::kLimit);
}

}  // namespace
}  // namespace daybook::cli
