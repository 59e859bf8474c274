// Figures of an equity curve.  Pure functions; safe to call from all threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backtest/market_calendar.h"
#include "backtest/portfolio.h"

namespace daybook::backtest {

// Below this many days a growth rate per year is an extrapolation that means nothing.
inline constexpr double kCagrDaysMin = 30;

struct PortfolioFigures {
    double final_equity = 0;
    double total_return = 0;         // final / initial - 1
    double max_drawdown = 0;         // of the peak before it, in [0, 1]
    std::optional<double> cagr{};    // null below kCagrDaysMin days
    std::optional<double> sharpe{};  // a year
    std::optional<double> sortino{};
    double exposure = 0;  // mean over time of invested / equity
    double turnover = 0;  // times, over the whole run
    double days = 0;      // from the first entry to the last mark
    std::int64_t day_returns = 0;
    bool operator==(const PortfolioFigures&) const = default;
};

// How the marks of a curve lie in time.
struct MarkTimes {
    const MarketCalendar& calendar;
    std::int64_t interval_ms;  // a mark is the close of a bar that opened so long before
};

// By mark: the fall from the highest peak until then as a share of it, in [0, 1]; the initial
// capital is the first peak.
std::vector<double> drawdowns(double initial_capital, std::span<const EquityPoint> curve);

// (final / initial)^(365.25 / days) - 1, the compound annual growth rate; -1 if nothing is left.
// nullopt below kCagrDaysMin days.
std::optional<double> cagr(double initial_capital, double final_equity, double days);

// Returns of UTC days, from the initial capital on: the equity at a day's last mark over that at
// the one before, less 1.  A mark belongs to the day on which its bar opened.  A day on which no
// bar of the calendar opens is no day; one that has no mark has a return of 0.  The series ends
// where the equity is 0.
std::vector<double> day_returns(double initial_capital, std::span<const EquityPoint> curve,
                                const MarkTimes& times);

// Sharpe, "The Sharpe ratio", Journal of Portfolio Management 21(1), 1994, with a risk-free rate of
// 0: mean / standard deviation (n - 1) * sqrt(periods a year).  nullopt for fewer than two returns,
// or if they differ by rounding only.
std::optional<double> sharpe_ratio(std::span<const double> returns, double periods_per_year);

// Sortino and Price, "Performance measurement in a downside risk framework", Journal of Investing
// 3(3), 1994, with a target of 0: mean / sqrt(mean of min(return, 0)²) * sqrt(periods a year).
// nullopt for no returns, or if none is below 0 by more than rounding.
std::optional<double> sortino_ratio(std::span<const double> returns, double periods_per_year);

// By mark: how many bars of the calendar it stands for, its own and those until the next mark, over
// which nothing changes.  What means over time weigh marks by: bars are loaded where calls have
// windows, and a mean over marks would hang on how long those are.  The last mark counts 1.
std::vector<double> mark_weights(std::span<const EquityPoint> curve, const MarkTimes& times);

// The mean of invested / equity, which is 0 where there is no equity; 0 without a mark.
double exposure(std::span<const EquityPoint> curve, std::span<const double> weights);

// The lesser of purchases and sales over the mean equity, as the SEC's Form N-1A, item 13, defines
// the turnover rate of a portfolio, but not by year.  0 without a mark.
double turnover(std::span<const Position> positions, std::span<const EquityPoint> curve,
                std::span<const double> weights);

// All of them.
PortfolioFigures portfolio_figures(const Simulation& simulation, double initial_capital,
                                   const MarkTimes& times, double periods_per_year);

}  // namespace daybook::backtest
