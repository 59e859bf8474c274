#include "backtest/candles.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

constexpr std::int64_t kT0 = 1'704'067'200'000;
constexpr const char* kHeading = "ts,mint,open,high,low,close,volume\n";

class CandlesTest : public testing::RunTest {
protected:
    CandlesTest() { EXPECT_TRUE(connection_.execute("SET TimeZone = 'UTC'").has_value()); }

    Result<CandleSet> load(const std::string& file, OnBadData on_bad_data = OnBadData::kFail,
                           std::optional<std::string> symbol = std::nullopt,
                           RangesBySymbol ranges = {{"A", {{kT0, kT0 + 600'000}}}}) {
        ASSIGN_OR_RETURN(Candles candles, Candles::open(connection_, path(file), symbol));
        return candles.load(ranges, MarketCalendar::always(kIntervals[2]), on_bad_data);
    }
    std::string shown(std::string text) const {
        for (std::size_t at; (at = text.find(directory_ + "/")) != std::string::npos;) {
            text.erase(at, directory_.size() + 1);
        }
        return text;
    }
    // What is wrong with one bar more after a good one, at line 3.
    std::string complaint(const std::string& line) {
        write("c.csv", std::string(kHeading) + "1704067200,A,1,1,1,1,1\n" + line + "\n");
        const auto set = load("c.csv");
        return set ? "none" : shown(set.error().message());
    }
};

TEST_F(CandlesTest, BadBarsAreNamedByFileLineAndSymbol) {
    const std::string before =
        "read candles: 1 bad bars; mend them, or leave them out with --on-bad-data drop:\n  c.csv "
        "line 3 (A, 2024-01-01T00:01:00.000Z): ";
    EXPECT_EQ(complaint("1704067260,A,1,1,2,1,1"),
              before + "low 2 is above high 1; found open 1, high 1, low 2, close 1, volume 1");
    EXPECT_EQ(
        complaint("1704067260,A,1,1,abc,1,1"),
        before + "low is not a finite number; found open 1, high 1, low abc, close 1, volume 1");
    EXPECT_EQ(
        complaint("1704067260,A,1,2,1,,1"),
        before + "close is not a finite number; found open 1, high 2, low 1, close , volume 1");
    EXPECT_EQ(
        complaint("1704067260,A,1,inf,1,1,1"),
        before + "high is not a finite number; found open 1, high inf, low 1, close 1, volume 1");
    EXPECT_EQ(complaint("1704067260,A,0,1,1,1,1"),
              before +
                  "open is 0, expected a price above 0; found open 0, high 1, low 1, close 1, "
                  "volume 1");
    EXPECT_EQ(complaint("1704067260,A,5,2,1,1,1"),
              before +
                  "open 5 lies outside low 1 to high 2; found open 5, high 2, low 1, close 1, "
                  "volume 1");
    EXPECT_EQ(complaint("1704067260,A,1,1,1,1,lots"),
              before +
                  "volume is not a finite number; found open 1, high 1, low 1, close 1, "
                  "volume lots");
}

TEST_F(CandlesTest, ADuplicateBarShowsBothLines) {
    EXPECT_EQ(complaint("1704067200,A,1,1,1,1,1"),
              "read candles: 1 bad bars; mend them, or leave them out with --on-bad-data drop:\n"
              "  c.csv line 2 (A, 2024-01-01T00:00:00.000Z): there is another bar with this time; "
              "found open 1, high 1, low 1, close 1, volume 1\n"
              "  c.csv line 3 (A, 2024-01-01T00:00:00.000Z): there is another bar with this time; "
              "found open 1, high 1, low 1, close 1, volume 1");
}

TEST_F(CandlesTest, TimesThatCannotBeReadOrAreOffTheGridAreBad) {
    EXPECT_NE(complaint("soon,A,1,1,1,1,1").find("c.csv line 3 (A, time 'soon'): its time cannot"),
              std::string::npos);
    EXPECT_NE(complaint("1704067261,A,1,1,1,1,1").find("it does not open on the interval's grid"),
              std::string::npos);
}

TEST_F(CandlesTest, BarsOutsideTheWindowsDoNotMatter) {
    EXPECT_EQ(complaint("1704060000,A,1,1,2,1,1"), "none");
    EXPECT_EQ(complaint("1704067260,B,1,1,2,1,1"), "none");
}

TEST_F(CandlesTest, DroppedBarsAreLeftOutAndRemembered) {
    write("c.csv", std::string(kHeading) +
                       "1704067200,A,1,1,1,1,1\n1704067260,A,1,1,2,1,1\n1704067320,A,1,1,1,1,1\n");
    const CandleSet set = load("c.csv", OnBadData::kDrop).value();
    EXPECT_EQ(set.bars.at("A").ts, (std::vector<std::int64_t>{kT0, kT0 + 120'000}));
    EXPECT_EQ(set.dropped.at("A"), std::vector<std::int64_t>{kT0 + 60'000});
    EXPECT_EQ(set.bad_bars, 1u);
    EXPECT_EQ(set.reports.size(), 1u);
}

TEST_F(CandlesTest, WarnKeepsWhatCanBeComputedWith) {
    write("c.csv", std::string(kHeading) +
                       "1704067200,A,1,1,1,1,1\n1704067260,A,1,1,2,1,1\n1704067320,A,1,1,x,1,1\n");
    const CandleSet set = load("c.csv", OnBadData::kWarn).value();
    EXPECT_EQ(set.bars.at("A").ts, (std::vector<std::int64_t>{kT0, kT0 + 60'000}));
    EXPECT_EQ(set.bad_bars, 2u);
}

TEST_F(CandlesTest, OfDuplicatesTheLeastIsKeptWhateverTheOrder) {
    for (const char* rows : {"1704067200,A,1,1,1,1,1\n1704067200,A,2,2,2,2,1\n",
                             "1704067200,A,2,2,2,2,1\n1704067200,A,1,1,1,1,1\n"}) {
        write("c.csv", kHeading + std::string(rows));
        for (const OnBadData on_bad_data : {OnBadData::kDrop, OnBadData::kWarn}) {
            const CandleSet set = load("c.csv", on_bad_data).value();
            EXPECT_EQ(set.bars.at("A").open, std::vector<double>{1});
            EXPECT_EQ(set.bad_bars, 1u);
        }
    }
}

TEST_F(CandlesTest, BarsBeforeTheEpochAreFoundInWindowsOfAnyWidth) {
    std::string csv = kHeading;
    for (int bar = -40; bar < 40; ++bar) csv += fmt::format("{},A,1,1,1,1,1\n", 60 * bar);
    write("c.csv", csv + "soon,A,1,1,1,1,1\n");
    for (const std::int64_t bars : {1, 2, 3, 7, 40}) {
        for (const std::int64_t begin : {-40, -7, -3, -1, 0}) {
            const auto set = load("c.csv", OnBadData::kDrop, {},
                                  {{"A", {{begin * 60'000, (begin + bars) * 60'000}}}});
            ASSERT_TRUE(set.has_value()) << set.error().message();
            const Bars& found = set->bars.at("A");
            EXPECT_EQ(std::ssize(found.ts), bars) << begin;
            EXPECT_EQ(found.ts.front(), begin * 60'000);
            EXPECT_EQ(set->bad_bars, 1u);
        }
    }
}

TEST_F(CandlesTest, OnlyTheFirstTenBadBarsAreShown) {
    std::string rows = kHeading;
    for (int i = 0; i < 50; ++i) rows += fmt::format("{},A,1,1,2,1,1\n", 1704067200 + 60 * i);
    write("c.csv", rows);
    const auto refused = load("c.csv", OnBadData::kFail, {}, {{"A", {{kT0, kT0 + 60 * 60'000}}}});
    const std::string message = refused.error().message();
    EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 10);
    EXPECT_NE(message.find("50 bad bars"), std::string::npos);
}

TEST_F(CandlesTest, CsvParquetGlobsAndHiveTreesAreOne) {
    write("one/a.csv", std::string(kHeading) + "1704067200,A,1,1,1,1,1\n");
    write("one/b.csv", "close,low,high,open,mint,ts\n2,2,2,2,A,1704067260000\n");
    const CandleSet globbed = load("one/*.csv").value();
    EXPECT_EQ(globbed.bars.at("A").close, (std::vector<double>{1, 2}));
    EXPECT_EQ(globbed.bars.at("A").volume[0], 1);
    EXPECT_TRUE(std::isnan(globbed.bars.at("A").volume[1]));

    write("hive/mint=A/x.csv", "date,open,high,low,close\n2024-01-01T00:00:00Z,1,1,1,1\n");
    write("hive/mint=007/x.csv", "date,open,high,low,close\n2024-01-01T00:00:00Z,7,7,7,7\n");
    const RangesBySymbol both = {{"007", {{kT0, kT0 + 60'000}}}, {"A", {{kT0, kT0 + 60'000}}}};
    const CandleSet hive = load("hive", OnBadData::kFail, {}, both).value();
    EXPECT_EQ(hive.bars.at("007").open, std::vector<double>{7});
    EXPECT_EQ(hive.bars.at("A").open, std::vector<double>{1});

    ASSERT_TRUE(connection_
                    .execute("COPY (SELECT make_timestamp(1704067200000000) AS timestamp, 'A' AS "
                             "mint, 1.5::DECIMAL(9,2) AS open, 2 AS high, 1 AS low, 1.5::FLOAT AS "
                             "close, NULL::BIGINT AS volume) TO '" +
                             path("c.parquet") + "' (FORMAT parquet)")
                    .has_value());
    const CandleSet parquet = load("c.parquet").value();
    EXPECT_EQ(parquet.bars.at("A").ts, std::vector<std::int64_t>{kT0});
    EXPECT_EQ(parquet.bars.at("A").high, std::vector<double>{2});
    EXPECT_TRUE(std::isnan(parquet.bars.at("A").volume[0]));
}

TEST_F(CandlesTest, AParquetBarIsNamedByItsRow) {
    ASSERT_TRUE(connection_
                    .execute("COPY (SELECT 1704067200 + 60 * range AS ts, 'A' AS mint, 1 AS open, "
                             "1 AS high, 1 + range // 2 AS low, 1 AS close FROM range(3)) TO '" +
                             path("c.parquet") + "' (FORMAT parquet)")
                    .has_value());
    EXPECT_NE(shown(load("c.parquet").error().message())
                  .find("c.parquet row 3 (A, 2024-01-01T00:02:00.000Z): low 2 is above high 1"),
              std::string::npos);
}

TEST_F(CandlesTest, TheSymbolComesFromAColumnOrFromTheCaller) {
    write("c.csv", "ts,open,high,low,close\n1704067200,1,1,1,1\n");
    EXPECT_EQ(load("c.csv", OnBadData::kFail, "A")->bars.at("A").size(), 1u);
    EXPECT_EQ(
        shown(load("c.csv").error().message()),
        "read candles: c.csv: no column mint or symbol or token_address; found the columns "
        "ts, open, high, low, close; where all rows are of one symbol, name it: --symbol NAME");
    write("d.csv", std::string(kHeading) + "1704067200,A,1,1,1,1,1\n");
    EXPECT_EQ(shown(load("d.csv", OnBadData::kFail, "A").error().message()),
              "read candles: d.csv: a symbol was given (A), but the column 'mint' names it in "
              "every row; leave the symbol out");
}

TEST_F(CandlesTest, MissingColumnsAndMixedFormatsAreRefused) {
    write("c.csv", "ts,mint,open,high,close\n1704067200,A,1,1,1\n");
    EXPECT_EQ(shown(load("c.csv").error().message()),
              "read candles: c.csv: no column low; found the columns ts, mint, open, high, close");
    write("mixed/a.csv", kHeading);
    write("mixed/b.parquet", "");
    EXPECT_EQ(shown(load("mixed/*").error().message()),
              "read candles: 'mixed/*' matches CSV and Parquet files; name one kind");
}

TEST_F(CandlesTest, OpenTimesAreThoseOfTheWantedSymbols) {
    write("c.csv", std::string(kHeading) +
                       "1704067260,A,1,1,1,1,1\n1704067200,A,1,1,1,1,1\n1704067260,B,1,1,1,1,1\n"
                       "1704067320,C,1,1,1,1,1\n");
    Candles candles = Candles::open(connection_, path("c.csv"), {}).value();
    const std::vector<std::string> symbols = {"A", "B", "it's"};
    EXPECT_EQ(candles.open_times(symbols).value(), (std::vector<std::int64_t>{kT0, kT0 + 60'000}));
    EXPECT_EQ(candles.open_times({}).value(), std::vector<std::int64_t>{});
}

TEST_F(CandlesTest, ManyWindowsOfUnequalWidthGetExactlyTheirBars) {
    std::string rows = kHeading;
    for (int i = 0; i < 3000; ++i) rows += fmt::format("{},A,1,1,1,1,1\n", 1704067200 + 60 * i);
    write("c.csv", rows);
    SeededRandom random(3);
    RangesBySymbol ranges;
    for (int i = 0; i < 100; ++i) {
        const auto begin = kT0 + 60'000 * static_cast<std::int64_t>(random.next() % 3000);
        const auto bars = static_cast<std::int64_t>(1 + random.next() % (i % 10 == 0 ? 300 : 5));
        ranges["A"].push_back({begin, begin + 60'000 * bars});
    }
    std::vector<std::int64_t> expected;
    for (int i = 0; i < 3000; ++i) {
        const std::int64_t ts = kT0 + 60'000 * i;
        for (const TimeRange& range : ranges["A"]) {
            if (ts < range.begin_ms || ts >= range.end_ms) continue;
            expected.push_back(ts);
            break;
        }
    }
    merge_ranges(ranges);
    EXPECT_EQ(load("c.csv", OnBadData::kFail, {}, ranges)->bars.at("A").ts, expected);
}

TEST(MergeRanges, OverlappingAndTouchingOnesBecomeOne) {
    RangesBySymbol ranges = {{"A", {{50, 60}, {0, 10}, {5, 20}, {20, 30}, {2, 4}}}};
    merge_ranges(ranges);
    EXPECT_EQ(ranges["A"], (std::vector<TimeRange>{{0, 30}, {50, 60}}));
}

}  // namespace
}  // namespace daybook::backtest
