#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

class DeriveCallsTest : public testing::RunTest {
protected:
    // Bars from 2024-01-01 on, one a day, whose open, high, low and close are the given closes.
    void derive(const std::vector<double>& closes) {
        std::string prices = "date,open,high,low,close,volume\n";
        Day day = *parse_day("2024-01-01");
        for (const double close : closes) {
            prices += fmt::format("{0},{1},{1},{1},{1},1\n", to_string(day), close);
            day += 1;
        }
        write("prices.csv", prices);
        const auto count = derive_calls(path("prices.csv"), path("calls.csv"), "S");
        ASSERT_TRUE(count.has_value()) << count.error().message();
    }
    std::string calls() { return os::read_file(path("calls.csv"), 1 << 20).value(); }
};

TEST_F(DeriveCallsTest, ABreakoutIsCalledAtTheEndOfItsDayAndOnce) {
    std::vector<double> closes(21, 100);
    closes.insert(closes.end(), {101, 102, 102, 101, 103});
    derive(closes);
    EXPECT_EQ(calls(),
              "id,caller,mint,created_at\n"
              "breakout_20-20240122,breakout_20,S,2024-01-23T00:00:00Z\n"
              "breakout_20-20240126,breakout_20,S,2024-01-27T00:00:00Z\n");
}

TEST_F(DeriveCallsTest, ADipIsFivePerCentWithinFiveBars) {
    derive({100, 100, 100, 100, 100, 100, 95.01, 95, 94, 99});
    EXPECT_EQ(calls(),
              "id,caller,mint,created_at\n"
              "dip_5pct-20240108,dip_5pct,S,2024-01-09T00:00:00Z\n");
}

TEST_F(DeriveCallsTest, AGoldenCrossNeedsTwoHundredBars) {
    std::vector<double> closes(200, 100);
    closes[190] = 99;  // the short mean is now below the long one
    closes.push_back(100);
    closes.push_back(200);
    derive(closes);
    EXPECT_NE(calls().find("golden_cross-20240720,golden_cross,S,2024-07-21T00:00:00Z"),
              std::string::npos)
        << calls();
}

TEST_F(DeriveCallsTest, NoRuleLooksAhead) {
    std::vector<double> closes;
    SeededRandom random(5);
    double price = 100;
    for (int i = 0; i < 260; ++i) {
        price *= 0.97 + 0.0006 * static_cast<double>(random.next() % 101);
        closes.push_back(price);
    }
    derive(closes);
    const std::string all = calls();
    closes.resize(230);
    derive(closes);
    const std::string fewer = calls();
    EXPECT_GT(fewer.size(), 200u);
    EXPECT_TRUE(all.starts_with(fewer)) << all << "\n" << fewer;
}

TEST_F(DeriveCallsTest, TheDemosPricesGiveEnoughCalls) {
    const auto count =
        derive_calls(DAYBOOK_SOURCE_DIR "/examples/data/sp500_daily.csv", path("calls.csv"));
    EXPECT_EQ(count.value(), 458u);
    EXPECT_EQ(rows("SELECT caller, mint, count(*) FROM '" + path("calls.csv") +
                   "' GROUP BY ALL ORDER BY ALL"),
              "breakout_20|SPX|380\ndip_5pct|SPX|68\ngolden_cross|SPX|10\n");
}

TEST_F(DeriveCallsTest, PricesThatAreNotThereAreNamed) {
    const auto refused = derive_calls(path("none.csv"), path("calls.csv"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().message().find("derive calls from " + path("none.csv")),
              std::string::npos);
}

}  // namespace
}  // namespace daybook::backtest
