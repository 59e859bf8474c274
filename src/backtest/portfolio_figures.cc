#include "backtest/portfolio_figures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "backtest/aggregate.h"
#include "base/calendar.h"

namespace daybook::backtest {
namespace {

constexpr double kDaysPerYear = 365.25;

double mean_equity(std::span<const EquityPoint> curve) {
    double sum = 0;
    for (const EquityPoint& point : curve) sum += point.equity();
    return curve.empty() ? 0 : sum / static_cast<double>(curve.size());
}

double exposure(std::span<const EquityPoint> curve) {
    double sum = 0;
    for (const EquityPoint& point : curve) {
        if (point.equity() > 0) sum += point.invested / point.equity();
    }
    return curve.empty() ? 0 : sum / static_cast<double>(curve.size());
}

}  // namespace

double max_drawdown(double initial_capital, std::span<const EquityPoint> curve) {
    double peak = initial_capital;
    double deepest = 0;
    for (const EquityPoint& point : curve) {
        peak = std::max(peak, point.equity());
        deepest = std::max(deepest, 1 - point.equity() / peak);
    }
    return deepest;
}

std::optional<double> cagr(double initial_capital, double final_equity, double days) {
    if (days < kCagrDaysMin) return std::nullopt;
    return std::pow(final_equity / initial_capital, kDaysPerYear / days) - 1;
}

std::vector<double> day_returns(double initial_capital, std::span<const EquityPoint> curve,
                                const MarketCalendar& calendar) {
    std::map<Day, double> last;  // equity, by day
    // What closes at midnight has opened the day before.
    for (const EquityPoint& point : curve) {
        last[day_of(TimestampMs(point.ts_ms - 1))] = point.equity();
    }
    std::vector<double> returns;
    double before = initial_capital;
    if (last.empty()) return returns;
    const Day end = last.rbegin()->first;
    for (Day day = last.begin()->first; day <= end && before > 0; day = Day(day.value() + 1)) {
        const auto marked = last.find(day);
        const std::int64_t begin_ms = start_of(day).value();
        if (marked != last.end()) {
            returns.push_back(marked->second / before - 1);
            before = marked->second;
        } else if (calendar.bars_between(begin_ms, begin_ms + kDayMs - 1) > 0) {
            returns.push_back(0);
        }
    }
    return returns;
}

std::optional<double> sharpe_ratio(std::span<const double> returns, double periods_per_year) {
    if (returns.size() < 2) return std::nullopt;
    const double average = *mean(returns);
    double squares = 0;
    for (const double value : returns) squares += (value - average) * (value - average);
    const double deviation = std::sqrt(squares / static_cast<double>(returns.size() - 1));
    if (deviation == 0) return std::nullopt;
    return average / deviation * std::sqrt(periods_per_year);
}

std::optional<double> sortino_ratio(std::span<const double> returns, double periods_per_year) {
    if (returns.empty()) return std::nullopt;
    double squares = 0;
    for (const double value : returns) squares += std::min(value, 0.0) * std::min(value, 0.0);
    if (squares == 0) return std::nullopt;
    const double downside = std::sqrt(squares / static_cast<double>(returns.size()));
    return *mean(returns) / downside * std::sqrt(periods_per_year);
}

double turnover(std::span<const Position> positions, std::span<const EquityPoint> curve) {
    double bought = 0;
    double sold = 0;
    for (const Position& position : positions) {
        bought += position.stake;
        sold += position.proceeds;
    }
    const double equity = mean_equity(curve);
    return equity > 0 ? std::min(bought, sold) / equity : 0;
}

PortfolioFigures portfolio_figures(const Simulation& simulation, double initial_capital,
                                   std::int64_t begin_ms, const MarketCalendar& calendar,
                                   double periods_per_year) {
    const std::vector<EquityPoint>& curve = simulation.curve;
    PortfolioFigures figures{.final_equity = initial_capital};
    if (curve.empty()) return figures;
    const std::vector<double> returns = day_returns(initial_capital, curve, calendar);
    figures.final_equity = curve.back().equity();
    figures.total_return = figures.final_equity / initial_capital - 1;
    figures.max_drawdown = max_drawdown(initial_capital, curve);
    figures.days = static_cast<double>(curve.back().ts_ms - begin_ms) / kDayMs;
    figures.cagr = cagr(initial_capital, figures.final_equity, figures.days);
    figures.sharpe = sharpe_ratio(returns, periods_per_year);
    figures.sortino = sortino_ratio(returns, periods_per_year);
    figures.exposure = exposure(curve);
    figures.turnover = turnover(simulation.positions, curve);
    figures.day_returns = std::ssize(returns);
    return figures;
}

}  // namespace daybook::backtest
