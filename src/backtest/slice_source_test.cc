#include "backtest/slice_source.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "duck/database.h"

namespace daybook::backtest {
namespace {

std::map<std::string, Bars> bars_of(std::initializer_list<std::pair<const char*, int>> symbols) {
    std::map<std::string, Bars> bars;
    for (const auto& [symbol, count] : symbols) {
        for (int i = 0; i < count; ++i) bars[symbol].push(i, i + 1, i + 2, i, i + 1, i * 10);
    }
    return bars;
}

std::string query(const std::map<std::string, Bars>& bars, const RangesBySymbol& ranges,
                  const std::string& sql) {
    auto database = duck::Database::open_in_memory();
    auto connection = database->connect();
    EXPECT_TRUE(connection->register_source("slice", slice_source(bars, ranges)).has_value());
    auto rows = connection->query(sql);
    std::string out;
    while (rows->next().value()) {
        for (std::size_t i = 0; i < rows->column_count(); ++i) out += rows->text(i) + " ";
    }
    return out;
}

TEST(SliceSource, GivesTheBarsOfTheRangesBySymbolAndTime) {
    const auto bars = bars_of({{"A", 5}, {"B", 5}});
    EXPECT_EQ(query(bars, {{"B", {{1, 3}}}, {"A", {{0, 1}, {4, 9}}}},
                    "SELECT symbol || ts_ms FROM slice()"),
              "A0 A4 B1 B2 ");
    EXPECT_EQ(query(bars, {{"B", {{3, 4}}}}, "SELECT * FROM slice()"), "B 3 4.0 5.0 3.0 4.0 30.0 ");
}

TEST(SliceSource, AnUnknownVolumeIsNull) {
    auto bars = bars_of({{"A", 1}});
    bars["A"].volume[0] = std::nan("");
    EXPECT_EQ(query(bars, {{"A", {{0, 1}}}}, "SELECT volume FROM slice()"), "NULL ");
}

TEST(SliceSource, PiecesMayEndAnywhereInAChunk) {
    const auto bars = bars_of({{"A", 5000}, {"B", 3000}});
    const RangesBySymbol ranges = {{"A", {{0, 2047}, {2048, 2049}, {2100, 5000}}},
                                   {"B", {{0, 3000}}}};
    EXPECT_EQ(query(bars, ranges, "SELECT count(*), sum(ts_ms), sum(close) FROM slice()"),
              query(bars, ranges, "SELECT 7948, 16888179::HUGEINT, 16896127::DOUBLE"));
}

TEST(SliceSource, SymbolsWithoutBarsGiveNoRows) {
    EXPECT_EQ(query({}, {{"A", {{0, 9}}}}, "SELECT count(*) FROM slice()"), "0 ");
}

}  // namespace
}  // namespace daybook::backtest
