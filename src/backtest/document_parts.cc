#include "backtest/document_parts.h"

#include <nlohmann/json.hpp>

namespace daybook::backtest {

std::string dump(const Document& document) {
    return document.dump(-1, ' ', false, Document::error_handler_t::replace);
}

Document orders_document(const OrderCounts& orders) {
    return {{"entries_rejected", orders.entries_rejected},
            {"entries_no_volume", orders.entries_no_volume},
            {"entries_too_late", orders.entries_too_late},
            {"sales_rejected", orders.sales_rejected}};
}

Document aggregates_of(const TradeAggregates& a) {
    return {{"mean_return_bps", nullable(a.mean_return_bps)},
            {"median_return_bps", nullable(a.median_return_bps)},
            {"stop_out_rate", nullable(a.stop_out_rate)},
            {"losing_stop_rate", nullable(a.losing_stop_rate)},
            {"mean_time_exposed_ms", nullable(a.mean_time_exposed_ms)},
            {"mean_tail_capture", nullable(a.mean_tail_capture)},
            {"mean_mae_bps", nullable(a.mean_mae_bps)},
            {"median_mae_bps", nullable(a.median_mae_bps)},
            {"p05_mae_bps", nullable(a.p05_mae_bps)}};
}

}  // namespace daybook::backtest
