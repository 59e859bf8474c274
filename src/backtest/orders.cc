#include "backtest/orders.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "backtest/exits.h"
#include "base/check.h"
#include "base/hash.h"

namespace daybook::backtest {
namespace {

// One call that has been bought at bars[0], and the market that its orders to sell meet.
class Market {
public:
    Market(const BarsView& bars, const ExecutionModel& model, const OrderOptions& orders,
           std::string_view call_id)
        : bars_(bars), model_(model), orders_(orders), call_id_(call_id) {}

    // Where the order number `number` fills.  One that finds no taker before the bars end is
    // closed with them: a valuation, not a sale, so nothing refuses it.
    ExitOrder act(const ExitOrder& order, std::int64_t number, std::int64_t& rejected) const {
        if (order.fill.reason == ExitReason::kEndOfData) return order;
        const auto latency = static_cast<std::size_t>(orders_.latency_bars);
        std::int64_t attempt = 0;
        for (std::size_t bar = order.fill.bar + latency; bar < bars_.size; ++bar, ++attempt) {
            if (refuses(bar, number, attempt)) {
                ++rejected;
                continue;
            }
            // Later than the bar that it was sent in an order takes what it gets.
            if (bar == order.fill.bar) return order;
            return {{bar, bars_.close[bar], false, order.fill.reason}, order.fraction};
        }
        const std::size_t last = bars_.size - 1;
        return {{last, bars_.close[last], false, ExitReason::kEndOfData}, order.fraction};
    }

    // The trade that these sales make, costs included.
    Trade settled(const std::vector<ExitOrder>& sales) const {
        Trade trade = settle(joined(sales), bars_, model_);
        if (orders_.plain()) return trade;
        const double fee = model_.side_cost;
        const double fixed =
            orders_.cost_model == CostModel::kFixed ? *orders_.fixed_cost / *orders_.notional : 0;
        const double entry_cost = fee + impact(0, 1);
        double proceeds = 0;
        double exit_costs = 0;
        for (const ExitOrder& sale : sales) {
            const double value = sale.fraction * sale.fill.price / trade.entry_px;
            const double cost = fee + impact(sale.fill.bar, value);
            proceeds += value * (1 - cost) - fixed;
            exit_costs += sale.fraction * cost + fixed;
        }
        trade.net_bps = model_.execution == Execution::kClassic
                            ? trade.gross_bps - (entry_cost + fixed + exit_costs) * 1e4
                            : (proceeds / (1 + entry_cost + fixed) - 1) * 1e4;
        return trade;
    }

private:
    bool refuses(std::size_t bar, std::int64_t number, std::int64_t attempt) const {
        if (orders_.needs_volume() && !(bars_.volume[bar] > 0)) return true;
        return is_rejected(orders_, call_id_, number, attempt);
    }

    // As a fraction; `value` is in multiples of the notional.
    double impact(std::size_t bar, double value) const {
        if (!orders_.needs_volume()) return 0;
        return impact_share(orders_, value * *orders_.notional, bars_.volume[bar],
                            bars_.close[bar]);
    }

    // The sales as one exit: at the moment of the last, for the mean price, for the reason of the
    // last order; the end of data outlasts every reason.
    static Exit joined(const std::vector<ExitOrder>& sales) {
        Exit all = sales.back().fill;
        double fraction = 0;
        double value = 0;
        for (const ExitOrder& sale : sales) {
            fraction += sale.fraction;
            value += sale.fraction * sale.fill.price;
            if (sale.fill.bar > all.bar) {
                all.bar = sale.fill.bar;
                all.at_open = sale.fill.at_open;
            } else if (sale.fill.bar == all.bar) {
                all.at_open = all.at_open && sale.fill.at_open;
            }
            if (sale.fill.reason == ExitReason::kEndOfData) all.reason = ExitReason::kEndOfData;
        }
        all.price = value / fraction;
        return all;
    }

    const BarsView& bars_;
    const ExecutionModel& model_;
    const OrderOptions& orders_;
    std::string_view call_id_;
};

struct Sold {
    Trade trade;
    std::vector<ExitOrder> sales;
    std::int64_t rejected = 0;
};

Sold sell(const Policy& policy, const BarsView& bars, const ExecutionModel& model,
          const Market& market) {
    if (const auto* combo = std::get_if<Combo>(&policy.kind)) {
        DAYBOOK_CHECK(!combo->policies.empty());
        Sold best = sell(combo->policies[0], bars, model, market);
        for (std::size_t i = 1; i < combo->policies.size(); ++i) {
            Sold other = sell(combo->policies[i], bars, model, market);
            if (wins(other.trade, best.trade, model.execution)) best = std::move(other);
        }
        return best;
    }
    Sold sold;
    for (const ExitOrder& order : exit_orders(policy, bars, model.execution)) {
        sold.sales.push_back(market.act(order, std::ssize(sold.sales) + 1, sold.rejected));
    }
    sold.trade = market.settled(sold.sales);
    return sold;
}

std::optional<NoTrade> refuse_entry(const BarsView& bars, std::size_t entry,
                                    const OrderOptions& orders, std::string_view call_id) {
    if (entry >= bars.size) return NoTrade::kNoBar;
    if (is_rejected(orders, call_id, 0, 0)) return NoTrade::kRejected;
    if (orders.needs_volume() && !(bars.volume[entry] > 0)) return NoTrade::kNoVolume;
    return std::nullopt;
}

// What became of a call's orders; `sales` count their bars from `entry` on.
struct Led {
    Outcome outcome;
    std::vector<ExitOrder> sales;
    std::size_t entry = 0;
};

Led lead(const Policy& policy, const BarsView& bars, const ExecutionModel& model,
         const OrderOptions& orders, std::string_view call_id) {
    const auto entry = static_cast<std::size_t>(orders.latency_bars);
    if (const auto why = refuse_entry(bars, entry, orders, call_id)) {
        return {.outcome = {.trade = {}, .no_trade = why}, .sales = {}};
    }
    const BarsView held = bars.slice(entry, bars.size);
    DAYBOOK_CHECK(std::isfinite(held.close[0]) && held.close[0] > 0);
    Sold sold = sell(policy, held, model, Market(held, model, orders, call_id));
    sold.trade.exit_bar += entry;
    return {.outcome = {.trade = sold.trade, .no_trade = {}, .sales_rejected = sold.rejected},
            .sales = std::move(sold.sales),
            .entry = entry};
}

}  // namespace

std::optional<double> impact_bps(const OrderOptions& orders, double value, double volume,
                                 double close) {
    if (!(volume > 0)) return std::nullopt;
    return std::clamp(*orders.impact_k * std::sqrt(value / (volume * close)),
                      orders.impact_min_bps.value_or(0),
                      orders.impact_max_bps.value_or(kImpactMaxBps));
}

double impact_share(const OrderOptions& orders, double value, double volume, double close) {
    if (orders.cost_model != CostModel::kSqrtImpact) return 0;
    const auto bps = impact_bps(orders, value, volume, close);
    return bps.value_or(orders.impact_max_bps.value_or(kImpactMaxBps)) / 1e4;
}

bool is_rejected(const OrderOptions& orders, std::string_view call_id, std::int64_t order,
                 std::int64_t attempt) {
    if (orders.reject_rate == 0) return false;
    const std::uint64_t bits =
        xxh3_64(fmt::format("{}:{}:{}:{}", orders.reject_seed, order, attempt, call_id));
    return static_cast<double>(bits >> 11) * 0x1p-53 < orders.reject_rate;
}

Outcome trade_call(const Policy& policy, const BarsView& bars, const ExecutionModel& model,
                   const OrderOptions& orders, std::string_view call_id) {
    if (orders.plain()) return {.trade = execute(policy, bars, model), .no_trade = {}};
    return lead(policy, bars, model, orders, call_id).outcome;
}

FilledOutcome trade_call_with_fills(const Policy& policy, const BarsView& bars,
                                    const ExecutionModel& model, const OrderOptions& orders,
                                    std::string_view call_id) {
    const Led led = lead(policy, bars, model, orders, call_id);
    FilledOutcome filled{.outcome = led.outcome, .fills = {}};
    for (const ExitOrder& sale : led.sales) {
        filled.fills.push_back({.bar = sale.fill.bar + led.entry,
                                .price = sale.fill.price,
                                .at_open = sale.fill.at_open,
                                .fraction = sale.fraction});
    }
    return filled;
}

}  // namespace daybook::backtest
