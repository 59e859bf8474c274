#include "artifact/table.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "duck/database.h"

namespace daybook::artifact {
namespace {

using duck::ColumnType;

// The rows of `sql` over the table `t`, columns parted by "|".
std::vector<std::string> rows_of(Table table, const std::string& sql) {
    auto database = duck::Database::open_in_memory();
    auto connection = database->connect();
    EXPECT_TRUE(connection->register_source("t", std::move(table).source()).has_value());
    auto rows = connection->query(sql);
    EXPECT_TRUE(rows.has_value());
    std::vector<std::string> texts;
    while (rows->next().value()) {
        std::string text;
        for (std::size_t i = 0; i < rows->column_count(); ++i) {
            text += (i == 0 ? "" : "|") + rows->text(i);
        }
        texts.push_back(text);
    }
    return texts;
}

Table every_type() {
    return Table({{"b", ColumnType::kBoolean},
                  {"i", ColumnType::kBigint},
                  {"d", ColumnType::kDouble},
                  {"t", ColumnType::kVarchar}});
}

TEST(Table, EveryTypeAndNullsComeOutAsTheyWentIn) {
    Table table = every_type();
    table.add_row({true, std::int64_t{-5}, 0.1, "x"});
    table.add_row({std::nullopt, std::nullopt, std::nullopt, std::nullopt});
    table.add_row({false, std::optional<std::int64_t>(7), std::optional<double>(),
                   std::string("a longer text than fits inline")});
    EXPECT_EQ(rows_of(std::move(table), "SELECT * FROM t()"),
              (std::vector<std::string>{"true|-5|0.1|x", "NULL|NULL|NULL|NULL",
                                        "false|7|NULL|a longer text than fits inline"}));
}

TEST(Table, ColumnsMayBeReadInAnyOrder) {
    Table table = every_type();
    table.add_row({true, std::int64_t{1}, 2.5, "x"});
    EXPECT_EQ(rows_of(std::move(table), "SELECT t, i FROM t()"), std::vector<std::string>{"x|1"});
}

TEST(Table, NonFiniteNumbersStayWhatTheyAre) {
    Table table = every_type();
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double value : {std::nan(""), infinity, -infinity}) {
        table.add_row({true, std::int64_t{1}, value, "x"});
    }
    EXPECT_EQ(rows_of(std::move(table), "SELECT d FROM t()"),
              (std::vector<std::string>{"nan", "inf", "-inf"}));
}

TEST(Table, ManyChunksKeepTheirOrder) {
    Table table({{"i", ColumnType::kBigint}});
    for (std::int64_t i = 0; i < 10'000; ++i) table.add_row({i});
    EXPECT_EQ(rows_of(std::move(table),
                      "SELECT count(*), count(*) FILTER (i != n - 1) FROM "
                      "(SELECT i, row_number() OVER () AS n FROM t())"),
              std::vector<std::string>{"10000|0"});
}

TEST(Table, NoRowsAreATableToo) {
    EXPECT_EQ(rows_of(every_type(), "SELECT count(*) FROM t()"), std::vector<std::string>{"0"});
}

TEST(TableDeath, ACellOfAnotherTypeIsOurBug) {
    Table table = every_type();
    EXPECT_DEATH(table.add_row({std::int64_t{1}, std::int64_t{1}, 1.0, "x"}), "boolean");
    EXPECT_DEATH(table.add_row({true}), "cells.size");
}

}  // namespace
}  // namespace daybook::artifact
