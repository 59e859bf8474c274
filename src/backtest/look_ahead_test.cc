// Files in, strict trades out: nothing that was decided may depend on what came later.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "backtest/engine.h"
#include "backtest/inputs.h"
#include "backtest/prepared.h"
#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

constexpr std::int64_t kStartMs = 1'704'067'200'000;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr int kBars = 30;
constexpr int kCallBar = 4;
constexpr int kEntryBar = 5;  // a delay of one bar

struct Row {
    std::string symbol;
    int bar;
    double open, high, low, close;
};

class LookAheadTest : public testing::RunTest, public ::testing::WithParamInterface<CalendarKind> {
protected:
    LookAheadTest() {
        EXPECT_TRUE(connection_.execute("SET TimeZone = 'UTC'").has_value());
        write("calls.csv",
              fmt::format("id,caller,mint,created_at\nc,k,A,{}\nd,k,B,{}\n",
                          kStartMs + kCallBar * kMinuteMs - 1, kStartMs + kCallBar * kMinuteMs));
        SeededRandom random(5);
        const auto step = [&] { return 0.0004 * static_cast<double>(random.next() % 101); };
        for (const char* symbol : {"A", "B"}) {
            double price = 100;
            for (int bar = 0; bar < kBars; ++bar) {
                const double close = price * (0.98 + step());
                rows_.push_back({symbol, bar, price, std::max(price, close) * 1.004,
                                 std::min(price, close) * 0.996, close});
                price = close;
            }
        }
        for (const char* policy :
             {R"({"kind":"fixed_stop","stopPct":0.03,"takeProfitPct":0.04})",
              R"({"kind":"time_stop","maxHoldMs":600000,"takeProfitPct":0.05})",
              R"({"kind":"trailing_stop","activationPct":0.01,"trailPct":0.02,"hardStopPct":0.04})",
              R"({"kind":"ladder","levels":[{"multiple":1.01,"fraction":0.5},
                  {"multiple":1.03,"fraction":0.5}],"stopPct":0.03})",
              R"({"kind":"combo","policies":[{"kind":"fixed_stop","stopPct":0.03},
                  {"kind":"time_stop","maxHoldMs":480000}]})"}) {
            policies_.push_back(parse_policy(policy).value());
        }
    }

    // What a trader would have: for each call the trade of every policy.
    std::vector<Trade> trades(const std::vector<Row>& rows) {
        std::string csv = "ts,mint,open,high,low,close,volume\n";
        for (const Row& row : rows) {
            csv += fmt::format("{},{},{},{},{},{},1\n", kStartMs + row.bar * kMinuteMs, row.symbol,
                               row.open, row.high, row.low, row.close);
        }
        InputOptions options;
        options.calls = path("calls.csv");
        options.candles = write("candles.csv", csv);
        options.interval = kIntervals[2];
        options.calendar = GetParam();
        options.max_hold = Span::bars(20);
        options.warm_up_bars = 2;
        options.entry_delay = Span::bars(kEntryBar - kCallBar);
        options.min_coverage = 0;
        const Inputs inputs = read_inputs(connection_, options, 0).value();
        std::vector<Trade> out;
        for (const PreparedCall& call : prepare_calls(inputs, options)) {
            EXPECT_TRUE(call.can_enter());
            if (!call.can_enter()) continue;
            for (const Policy& policy : policies_) {
                out.push_back(execute(policy, call.trading,
                                      {.execution = Execution::kStrict, .interval_ms = kMinuteMs}));
            }
        }
        return out;
    }

    // The trades of `changed`, whose bars differ only from bar `from` on, must be those of `base`
    // where these ended before; and no other may have ended before.
    void expect_same_past(const std::vector<Trade>& base, const std::vector<Trade>& changed,
                          int from) {
        const std::int64_t from_ms = kStartMs + from * kMinuteMs;
        ASSERT_EQ(changed.size(), base.size());
        for (std::size_t i = 0; i < base.size(); ++i) {
            const bool was_over =
                base[i].reason != ExitReason::kEndOfData && bar_ms(base[i]) < from_ms;
            if (was_over) {
                EXPECT_EQ(changed[i], base[i]) << "trade " << i << ", bar " << from;
                ++compared_;
            } else if (changed[i].reason != ExitReason::kEndOfData) {
                EXPECT_GE(bar_ms(changed[i]), from_ms) << "trade " << i << ", bar " << from;
            }
            EXPECT_EQ(changed[i].entry_ts_ms, base[i].entry_ts_ms);
            EXPECT_EQ(changed[i].entry_px, base[i].entry_px);
        }
    }
    // When the exit bar opened: the bars from the entry to the exit are without holes in `base`.
    static std::int64_t bar_ms(const Trade& trade) {
        return trade.entry_ts_ms + (static_cast<std::int64_t>(trade.exit_bar) - 1) * kMinuteMs;
    }

    std::vector<Row> rows_;
    std::vector<Policy> policies_;
    int compared_ = 0;
};

TEST_P(LookAheadTest, TheEntryIsTheCloseOfTheDelayedBar) {
    for (const Trade& trade : trades(rows_)) {
        EXPECT_EQ(trade.entry_ts_ms, kStartMs + (kEntryBar + 1) * kMinuteMs);
    }
}

TEST_P(LookAheadTest, NoLaterBarChangesATradeThatIsOver) {
    const std::vector<Trade> base = trades(rows_);
    for (int from = kEntryBar + 1; from < kBars; ++from) {
        std::vector<Row> crashed = rows_;
        std::vector<Row> soared = rows_;
        std::vector<Row> without_one;
        std::vector<Row> ended;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const Row& row = rows_[i];
            if (row.bar >= from) {
                crashed[i] = {row.symbol, row.bar, 1, 1, 1, 1};
                soared[i] = {row.symbol, row.bar, 900, 900, 900, 900};
            }
            if (row.bar != from) without_one.push_back(row);
            if (row.bar < from) ended.push_back(row);
        }
        for (const auto& changed : {crashed, soared, without_one, ended}) {
            expect_same_past(base, trades(changed), from);
        }
    }
    EXPECT_GT(compared_, 500);
}

INSTANTIATE_TEST_SUITE_P(Calendars, LookAheadTest,
                         ::testing::Values(CalendarKind::kAlways, CalendarKind::kObserved),
                         [](const auto& test) {
                             return test.param == CalendarKind::kAlways ? "always" : "observed";
                         });

}  // namespace
}  // namespace daybook::backtest
