#include "backtest/portfolio.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace daybook::backtest {
namespace {

// A rounding error must not decide whether what is left is enough, nor be traded with: where all is
// lost it may be all there is.
constexpr double kCashTolerance = 1e-9;

// In the order in which they happen at one moment; a mark comes after kOpen.
enum class Step { kClose, kOpen, kCloseAtOpen };

struct Event {
    std::int64_t ts_ms;
    Step step;
    std::size_t candidate;

    auto key() const { return std::tuple(ts_ms, step, candidate); }
    bool operator<(const Event& other) const { return key() < other.key(); }
};

std::vector<Event> events_of(std::span<const Candidate> candidates) {
    std::vector<Event> events;
    events.reserve(candidates.size() * 2);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const Candidate& candidate = candidates[i];
        DAYBOOK_CHECK(candidate.exit_ts_ms >= candidate.entry_ts_ms && candidate.entry_px > 0);
        events.push_back({candidate.entry_ts_ms, Step::kOpen, i});
        // Bars may end with the one that was entered at: a position is not closed before it is
        // opened.
        const bool after = candidate.exit_at_open || candidate.exit_ts_ms == candidate.entry_ts_ms;
        events.push_back({candidate.exit_ts_ms, after ? Step::kCloseAtOpen : Step::kClose, i});
    }
    std::sort(events.begin(), events.end());
    return events;
}

class Purse {
public:
    Purse(std::span<const Candidate> candidates, std::int64_t interval_ms,
          const PortfolioRules& rules)
        : candidates_(candidates),
          interval_ms_(interval_ms),
          rules_(rules),
          cash_(rules.initial_capital) {
        simulation_.positions.resize(candidates.size());
    }

    void apply(const Event& event) {
        if (event.step == Step::kOpen) {
            open(event.candidate, event.ts_ms);
        } else {
            close(event.candidate);
        }
    }

    void mark(std::int64_t ts_ms) {
        simulation_.curve.push_back({.ts_ms = ts_ms,
                                     .cash = cash_,
                                     .invested = invested(ts_ms),
                                     .positions = std::ssize(open_)});
    }

    Simulation take() { return std::move(simulation_); }

private:
    struct Open {
        std::size_t candidate;
        std::size_t bar = 0;  // the last one that has closed
    };

    // In the order in which they were opened, so that the sum has the same bits every time.
    double invested(std::int64_t ts_ms) {
        double sum = 0;
        for (Open& open : open_) {
            const BarsView& bars = candidates_[open.candidate].bars;
            while (open.bar + 1 < bars.size && bars.ts[open.bar + 1] + interval_ms_ <= ts_ms) {
                ++open.bar;
            }
            sum += simulation_.positions[open.candidate].units * bars.close[open.bar];
        }
        return sum;
    }

    void open(std::size_t index, std::int64_t ts_ms) {
        const Candidate& candidate = candidates_[index];
        Position& position = simulation_.positions[index];
        position.cash = cash_;
        position.equity = cash_ + invested(ts_ms);
        const double wanted = position.equity * rules_.fraction;
        if (std::ssize(open_) >= rules_.max_positions) {
            position.skipped = Skip::kMaxPositions;
        } else if (wanted <= rules_.initial_capital * kCashTolerance ||
                   cash_ < wanted * kLeastShare * (1 - kCashTolerance)) {
            position.skipped = Skip::kNoCapital;
        } else {
            position.stake = std::min(wanted, cash_);
            position.units = position.stake / (candidate.entry_px * (1 + candidate.entry_cost));
            cash_ -= position.stake;
            open_.push_back({.candidate = index});
        }
    }

    void close(std::size_t index) {
        Position& position = simulation_.positions[index];
        if (position.skipped) return;
        position.proceeds = std::max(0.0, position.stake * (1 + candidates_[index].net_bps / 1e4));
        cash_ += position.proceeds;
        std::erase_if(open_, [&](const Open& open) { return open.candidate == index; });
    }

    std::span<const Candidate> candidates_;
    std::int64_t interval_ms_;
    const PortfolioRules& rules_;
    double cash_;
    std::vector<Open> open_;
    Simulation simulation_;
};

}  // namespace

std::string_view to_string(Skip skip) {
    switch (skip) {
        case Skip::kMaxPositions: return "max_positions";
        case Skip::kNoCapital: return "no_capital";
    }
    return "";
}

Simulation simulate(std::span<const Candidate> candidates, std::span<const std::int64_t> marks,
                    std::int64_t interval_ms, const PortfolioRules& rules) {
    const std::vector<Event> events = events_of(candidates);
    Purse purse(candidates, interval_ms, rules);
    auto next = events.begin();
    for (const std::int64_t mark : marks) {
        const auto is_due = [&] {
            return next != events.end() &&
                   std::tuple(next->ts_ms, next->step) <= std::tuple(mark, Step::kOpen);
        };
        for (; is_due(); ++next) purse.apply(*next);
        purse.mark(mark);
    }
    if (next != events.end()) {
        for (; next != events.end(); ++next) purse.apply(*next);
        purse.mark(events.back().ts_ms);
    }
    return purse.take();
}

}  // namespace daybook::backtest
