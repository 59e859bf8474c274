#include "backtest/portfolio_figures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "backtest/aggregate.h"
#include "base/calendar.h"

namespace daybook::backtest {
namespace {

constexpr double kDaysPerYear = 365.25;

// The mean over the marks of `value(point)`.
double weighted_mean(std::span<const EquityPoint> curve, std::span<const double> weights,
                     const auto& value) {
    double sum = 0;
    double total = 0;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        sum += weights[i] * value(curve[i]);
        total += weights[i];
    }
    return total > 0 ? sum / total : 0;
}

}  // namespace

std::vector<double> drawdowns(double initial_capital, std::span<const EquityPoint> curve) {
    double peak = initial_capital;
    std::vector<double> falls;
    falls.reserve(curve.size());
    for (const EquityPoint& point : curve) {
        peak = std::max(peak, point.equity());
        falls.push_back(1 - point.equity() / peak);
    }
    return falls;
}

std::optional<double> cagr(double initial_capital, double final_equity, double days) {
    if (days < kCagrDaysMin) return std::nullopt;
    return std::pow(final_equity / initial_capital, kDaysPerYear / days) - 1;
}

std::vector<double> day_returns(double initial_capital, std::span<const EquityPoint> curve,
                                const MarkTimes& times) {
    std::map<Day, double> last;  // equity, by day
    for (const EquityPoint& point : curve) {
        last[day_of(TimestampMs(point.ts_ms - times.interval_ms))] = point.equity();
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
        } else if (times.calendar.bars_between(begin_ms, begin_ms + kDayMs - 1) > 0) {
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
    if (differ_by_rounding(returns, deviation)) return std::nullopt;
    return average / deviation * std::sqrt(periods_per_year);
}

std::optional<double> sortino_ratio(std::span<const double> returns, double periods_per_year) {
    if (returns.empty()) return std::nullopt;
    double squares = 0;
    for (const double value : returns) squares += std::min(value, 0.0) * std::min(value, 0.0);
    const double downside = std::sqrt(squares / static_cast<double>(returns.size()));
    if (differ_by_rounding(returns, downside)) return std::nullopt;
    return *mean(returns) / downside * std::sqrt(periods_per_year);
}

std::vector<double> mark_weights(std::span<const EquityPoint> curve, const MarkTimes& times) {
    std::vector<double> weights(curve.size(), 1);
    const auto open_of = [&](std::size_t mark) { return curve[mark].ts_ms - times.interval_ms; };
    for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
        weights[i] =
            static_cast<double>(times.calendar.bars_between(open_of(i), open_of(i + 1) - 1));
    }
    return weights;
}

double exposure(std::span<const EquityPoint> curve, std::span<const double> weights) {
    return weighted_mean(curve, weights, [](const EquityPoint& point) {
        return point.equity() > 0 ? point.invested / point.equity() : 0;
    });
}

double turnover(std::span<const Position> positions, std::span<const EquityPoint> curve,
                std::span<const double> weights) {
    double bought = 0;
    double sold = 0;
    for (const Position& position : positions) {
        bought += position.stake;
        sold += position.proceeds;
    }
    const double equity =
        weighted_mean(curve, weights, [](const EquityPoint& point) { return point.equity(); });
    return equity > 0 ? std::min(bought, sold) / equity : 0;
}

PortfolioFigures portfolio_figures(const Simulation& simulation, double initial_capital,
                                   const MarkTimes& times, double periods_per_year) {
    const std::vector<EquityPoint>& curve = simulation.curve;
    PortfolioFigures figures{.final_equity = initial_capital};
    if (curve.empty()) return figures;
    const std::vector<double> returns = day_returns(initial_capital, curve, times);
    const std::vector<double> weights = mark_weights(curve, times);
    const std::vector<double> falls = drawdowns(initial_capital, curve);
    figures.final_equity = curve.back().equity();
    figures.total_return = figures.final_equity / initial_capital - 1;
    figures.max_drawdown = *std::max_element(falls.begin(), falls.end());
    figures.days = static_cast<double>(curve.back().ts_ms - curve.front().ts_ms) / kDayMs;
    figures.cagr = cagr(initial_capital, figures.final_equity, figures.days);
    figures.sharpe = sharpe_ratio(returns, periods_per_year);
    figures.sortino = sortino_ratio(returns, periods_per_year);
    figures.exposure = exposure(curve, weights);
    figures.turnover = turnover(simulation.positions, curve, weights);
    figures.day_returns = std::ssize(returns);
    return figures;
}

}  // namespace daybook::backtest
