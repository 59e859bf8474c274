#include "duck/sql_scan.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::duck {
namespace {

// The tokens, each with a letter for its kind.
std::string scanned(std::string_view sql) {
    std::string text;
    for (const SqlToken& token : scan_sql(sql)) {
        EXPECT_EQ(sql.substr(token.offset, token.text.size()), token.text);
        text += (text.empty() ? "" : " ") + std::string(1, "wqtps"[static_cast<int>(token.kind)]) +
                ":" + std::string(token.text);
    }
    return text;
}

TEST(SqlScan, WordsAndSigns) {
    EXPECT_EQ(scanned("SELECT a_1, \"b\"\"c\" FROM größe"),
              "w:SELECT w:a_1 s:, q:\"b\"\"c\" w:FROM w:größe");
    EXPECT_EQ(scanned("f(1.5)"), "w:f s:( s:1 s:. s:5 s:)");
}

TEST(SqlScan, TextIsNoSql) {
    EXPECT_EQ(scanned("'it''s -- $a' x"), "t:'it''s -- $a' w:x");
    EXPECT_EQ(scanned("E'a\\' b' x"), "t:E'a\\' b' w:x");
    EXPECT_EQ(scanned("$$ ' $a $$ x"), "t:$$ ' $a $$ w:x");
    EXPECT_EQ(scanned("$t$ $$ $t$ x"), "t:$t$ $$ $t$ w:x");
    EXPECT_EQ(scanned("E'a'\n'b\\'' x"), "t:E'a' t:'b\\'' w:x");
    EXPECT_EQ(scanned("E'a' b 'c\\' x"), "t:E'a' w:b t:'c\\' w:x");
    EXPECT_EQ(scanned("e x"), "w:e w:x");
}

TEST(SqlScan, CommentsAndBlanksAreNothing) {
    EXPECT_EQ(scanned("a -- 'b\rc"), "w:a w:c");
    EXPECT_EQ(scanned("a -- 'b\nc /* d /* e */ f */ g"), "w:a w:c w:g");
    EXPECT_EQ(scanned("query\u00a0(\u2003x\u3000)"), "w:query s:( w:x s:)");
}

TEST(SqlScan, ParametersHaveNamesOrNumbers) {
    EXPECT_EQ(scanned("$run = $1 AND a$b = $"), "p:$run s:= p:$1 w:AND w:a$b s:= s:$");
    EXPECT_EQ(scanned("$1abc$x$ FROM"), "p:$1 w:abc$x$ w:FROM");
    EXPECT_EQ(scanned("$n\u00a0AS\u00a0a$"), "p:$n w:AS w:a$");
}

TEST(SqlScan, WhatDoesNotEndEndsWithTheSql) {
    for (const std::string_view sql : {"'a", "\"a", "/* a", "$$ a", "$t$ a", "E'a\\", "-- a"}) {
        SCOPED_TRACE(sql);
        EXPECT_LE(scan_sql(sql).size(), 1U);
    }
    EXPECT_EQ(scanned(""), "");
}

}  // namespace
}  // namespace daybook::duck
