#include "backtest/portfolio.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace daybook::backtest {
namespace {

// A rounding error must not decide whether what is left is enough, nor be traded with: where all is
// lost it may be all there is.
constexpr double kCashTolerance = 1e-9;

// In the order in which they happen at one moment; a mark comes after kOpen.
enum class Step { kSell, kOpen, kSellAtOpen };

struct Event {
    std::int64_t ts_ms;
    Step step;
    std::size_t candidate;
    std::size_t sale = 0;

    auto key() const { return std::tuple(ts_ms, step, candidate, sale); }
    bool operator<(const Event& other) const { return key() < other.key(); }
};

std::vector<Event> events_of(std::span<const Candidate> candidates) {
    std::vector<Event> events;
    events.reserve(candidates.size() * 2);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const Candidate& candidate = candidates[i];
        DAYBOOK_CHECK(!candidate.sales.empty() && candidate.entry_px > 0);
        events.push_back({candidate.entry_ts_ms, Step::kOpen, i});
        for (std::size_t k = 0; k < candidate.sales.size(); ++k) {
            const Sale& sale = candidate.sales[k];
            DAYBOOK_CHECK(sale.ts_ms >= candidate.entry_ts_ms && sale.bar < candidate.bars.size);
            // Bars may end with the one that was entered at: nothing is sold before it is bought.
            const bool after = sale.at_open || sale.ts_ms == candidate.entry_ts_ms;
            events.push_back({sale.ts_ms, after ? Step::kSellAtOpen : Step::kSell, i, k});
        }
    }
    std::sort(events.begin(), events.end());
    return events;
}

class Purse {
public:
    Purse(std::span<const Candidate> candidates, const PortfolioModel& model)
        : candidates_(candidates), model_(model), cash_(model.rules.initial_capital) {
        simulation_.positions.resize(candidates.size());
    }

    // False if nothing has happened: what was skipped is not sold.
    bool apply(const Event& event) {
        if (event.step == Step::kOpen) {
            open(event.candidate, event.ts_ms);
        } else if (!simulation_.positions[event.candidate].skipped) {
            sell(event.candidate, candidates_[event.candidate].sales[event.sale]);
        } else {
            return false;
        }
        changed_ = true;
        return true;
    }

    void mark(std::int64_t ts_ms) {
        simulation_.curve.push_back({.ts_ms = ts_ms,
                                     .cash = cash_,
                                     .invested = invested(ts_ms),
                                     .positions = std::ssize(open_)});
        if (std::exchange(changed_, false)) marks_kept_ = simulation_.curve.size();
    }

    Simulation take() {
        simulation_.curve.resize(marks_kept_);
        return std::move(simulation_);
    }

private:
    struct Open {
        std::size_t candidate;
        double units;            // that are not sold yet
        std::size_t sales_left;  // >= 1
        std::size_t bar = 0;     // the last one that has closed
    };

    // In the order in which they were opened, so that the sum has the same bits every time.
    double invested(std::int64_t ts_ms) {
        double sum = 0;
        for (Open& open : open_) {
            const BarsView& bars = candidates_[open.candidate].bars;
            while (open.bar + 1 < bars.size &&
                   bars.ts[open.bar + 1] + model_.interval_ms <= ts_ms) {
                ++open.bar;
            }
            sum += open.units * bars.close[open.bar];
        }
        return sum;
    }

    // What the position should cost; 0 if the risk does not even pay for its orders.
    double wanted(double equity, const BarsView& bars) const {
        const double most = equity * model_.rules.fraction;
        if (!model_.risk) return most;
        const double loss = equity * model_.risk->share;
        return std::min(most, stake_at_risk(model_.costs, loss, model_.risk->stop, bars, 0));
    }

    std::optional<Skip> refuse(double equity, double wanted, const BarsView& bars) const {
        const PortfolioRules& rules = model_.rules;
        if (std::ssize(open_) >= rules.max_positions) return Skip::kMaxPositions;
        if (equity * rules.fraction <= rules.initial_capital * kCashTolerance ||
            cash_ < wanted * kLeastShare * (1 - kCashTolerance)) {
            return Skip::kNoCapital;
        }
        if (value_for(model_.costs, std::min(wanted, cash_), bars, 0) > 0) return std::nullopt;
        return Skip::kCosts;
    }

    void open(std::size_t index, std::int64_t ts_ms) {
        const Candidate& candidate = candidates_[index];
        Position& position = simulation_.positions[index];
        position.cash = cash_;
        position.equity = cash_ + invested(ts_ms);
        const double wanted = this->wanted(position.equity, candidate.bars);
        position.skipped = refuse(position.equity, wanted, candidate.bars);
        if (position.skipped) return;
        position.stake = std::min(wanted, cash_);
        position.units =
            value_for(model_.costs, position.stake, candidate.bars, 0) / candidate.entry_px;
        cash_ -= position.stake;
        open_.push_back(
            {.candidate = index, .units = position.units, .sales_left = candidate.sales.size()});
    }

    void sell(std::size_t index, const Sale& sale) {
        const auto open = std::find_if(open_.begin(), open_.end(), [&](const Open& candidate) {
            return candidate.candidate == index;
        });
        DAYBOOK_CHECK(open != open_.end());
        Position& position = simulation_.positions[index];
        const double units = position.units * sale.fraction;
        const double value = units * sale.price;
        const double cost = order_cost(model_.costs, value, candidates_[index].bars, sale.bar);
        const double paid = std::max(0.0, value - cost);
        position.proceeds += paid;
        cash_ += paid;
        // Fractions sum to 1 but for rounding.
        open->units = std::max(0.0, open->units - units);
        if (--open->sales_left == 0) open_.erase(open);
    }

    std::span<const Candidate> candidates_;
    const PortfolioModel& model_;
    double cash_;
    std::vector<Open> open_;
    bool changed_ = false;  // since the last mark
    std::size_t marks_kept_ = 0;
    Simulation simulation_;
};

}  // namespace

std::string_view to_string(Skip skip) {
    switch (skip) {
        case Skip::kMaxPositions: return "max_positions";
        case Skip::kNoCapital: return "no_capital";
        case Skip::kCosts: return "costs";
    }
    return "";
}

std::vector<Sale> sales_of(const std::vector<Fill>& fills, std::size_t entry, const BarsView& bars,
                           std::int64_t interval_ms) {
    // Days of an exchange may be 23 hours apart: the next open is then before the nominal close.
    const std::int64_t entry_ts_ms = bars.ts[0] + interval_ms;
    std::vector<Sale> sales;
    for (const Fill& fill : fills) {
        const std::size_t bar = fill.bar - entry;
        const std::int64_t ts_ms = bars.ts[bar] + (fill.at_open ? 0 : interval_ms);
        sales.push_back({.ts_ms = std::max(ts_ms, entry_ts_ms),
                         .at_open = fill.at_open,
                         .fraction = fill.fraction,
                         .price = fill.price,
                         .bar = bar});
    }
    return sales;
}

Simulation simulate(std::span<const Candidate> candidates, std::span<const std::int64_t> marks,
                    const PortfolioModel& model) {
    const std::vector<Event> events = events_of(candidates);
    Purse purse(candidates, model);
    auto next = events.begin();
    for (const std::int64_t mark : marks) {
        const auto is_due = [&] {
            return next != events.end() &&
                   std::tuple(next->ts_ms, next->step) <= std::tuple(mark, Step::kOpen);
        };
        for (; is_due(); ++next) purse.apply(*next);
        purse.mark(mark);
    }
    std::optional<std::int64_t> last_ms;
    for (; next != events.end(); ++next) {
        if (purse.apply(*next)) last_ms = next->ts_ms;
    }
    if (last_ms) purse.mark(*last_ms);
    return purse.take();
}

}  // namespace daybook::backtest
