#include "backtest/candles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "backtest/bar_check.h"
#include "base/calendar.h"
#include "base/text.h"
#include "duck/appender.h"
#include "duck/sql.h"

namespace daybook::backtest {
namespace {

// Stands for a time that cannot be read; no bar can open then.
constexpr std::int64_t kNoTime = -4'000'000'000'000'000'000;
constexpr std::size_t kReportsMax = 10;

using Names = std::initializer_list<std::string_view>;

std::string time_text(std::optional<std::int64_t> ts) {
    return ts ? to_iso8601(TimestampMs(*ts)) : "no readable time";
}

double or_nan(const duck::Column& column, std::size_t row) {
    return column.is_null(row) ? std::numeric_limits<double>::quiet_NaN() : column.get_double(row);
}

// Bars as they come from SQL, by symbol, time and prices; sorts the good from the bad.
class Sorter {
public:
    struct Fault {
        std::size_t symbol;
        std::optional<std::int64_t> ts;
        std::string text;
    };

    Sorter(std::span<const std::string> symbols, const MarketCalendar& calendar, bool keep_usable)
        : symbols_(symbols), calendar_(calendar), keep_usable_(keep_usable) {}

    void add(std::size_t symbol, std::int64_t ts, const BarPrices& bar) {
        if (ts == kNoTime) return report(symbol, std::nullopt, "its time cannot be read");
        if (symbol != symbol_ || bars_ == nullptr) {
            symbol_ = symbol;
            bars_ = &set_.bars[symbols_[symbol]];
            last_ts_ = kNoTime;
        }
        if (ts == last_ts_) return report(symbol, ts, "there is another bar with this time");
        const std::optional<BarFault> fault = check_bar(bar);
        if (fault || !calendar_.has_bar(ts)) {
            report(symbol, ts, fault ? fault->text : "it does not open on the interval's grid");
            if (!keep_usable_ || (fault && !fault->usable)) {
                set_.dropped[symbols_[symbol]].push_back(ts);
                return;
            }
        }
        last_ts_ = ts;
        bars_->push(ts, bar.open, bar.high, bar.low, bar.close,
                    bar.volume.value_or(std::numeric_limits<double>::quiet_NaN()));
    }

    const std::vector<Fault>& faults() const { return faults_; }
    CandleSet take() {
        std::erase_if(set_.bars, [](const auto& series) { return series.second.size() == 0; });
        return std::move(set_);
    }

private:
    void report(std::size_t symbol, std::optional<std::int64_t> ts, std::string text) {
        ++set_.bad_bars;
        if (faults_.size() < kReportsMax) faults_.push_back({symbol, ts, std::move(text)});
    }

    std::span<const std::string> symbols_;
    const MarketCalendar& calendar_;
    bool keep_usable_;
    CandleSet set_;
    std::vector<Fault> faults_;
    std::size_t symbol_ = 0;
    Bars* bars_ = nullptr;
    std::int64_t last_ts_ = kNoTime;
};

// The width of the buckets that join ranges with bars: as the average range, so that a range falls
// into few buckets and a bucket meets few ranges.
std::int64_t bucket_width(const RangesBySymbol& ranges) {
    std::int64_t sum = 0;
    std::int64_t count = 0;
    for (const auto& [symbol, list] : ranges) {
        for (const TimeRange& range : list) sum += range.end_ms - range.begin_ms;
        count += std::ssize(list);
    }
    return std::max<std::int64_t>(sum / std::max<std::int64_t>(count, 1), 1);
}

// The bars of one symbol as they are read, in no order.
struct Pile {
    Bars bars;
    std::vector<bool> has_volume;
};

Status gather(duck::Rows& rows, std::vector<Pile>& piles) {
    for (;;) {
        ASSIGN_OR_RETURN(const bool more, rows.next_chunk());
        if (!more) return {};
        const std::size_t count = rows.chunk_size();
        const auto ids = rows.column(0).bigints(count);
        const auto times = rows.column(1).bigints(count);
        for (std::size_t i = 0; i < count; ++i) {
            Pile& pile = piles[static_cast<std::size_t>(ids[i])];
            pile.bars.push(times[i], or_nan(rows.column(2), i), or_nan(rows.column(3), i),
                           or_nan(rows.column(4), i), or_nan(rows.column(5), i),
                           or_nan(rows.column(6), i));
            pile.has_volume.push_back(!rows.column(6).is_null(i));
        }
    }
}

// Ascending; what is no number comes last.
int compare(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return static_cast<int>(std::isnan(a)) - std::isnan(b);
    return static_cast<int>(a > b) - static_cast<int>(a < b);
}

// By time, then by prices, then by volume, of which a missing one is the last.
bool comes_before(const Pile& pile, std::size_t a, std::size_t b) {
    const Bars& bars = pile.bars;
    if (bars.ts[a] != bars.ts[b]) return bars.ts[a] < bars.ts[b];
    for (const auto* prices : {&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume}) {
        if (const int order = compare((*prices)[a], (*prices)[b])) return order < 0;
    }
    return pile.has_volume[a] && !pile.has_volume[b];
}

// Files are mostly in order already: looking is cheaper than to let SQL sort every row.
void add_in_order(const Pile& pile, std::size_t symbol, Sorter& sorter) {
    std::vector<std::size_t> order(pile.bars.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto before = [&](std::size_t a, std::size_t b) { return comes_before(pile, a, b); };
    if (!std::is_sorted(order.begin(), order.end(), before)) {
        std::sort(order.begin(), order.end(), before);
    }
    const Bars& bars = pile.bars;
    for (const std::size_t i : order) {
        BarPrices bar{.open = bars.open[i],
                      .high = bars.high[i],
                      .low = bars.low[i],
                      .close = bars.close[i],
                      .volume = std::nullopt};
        if (pile.has_volume[i]) bar.volume = bars.volume[i];
        sorter.add(symbol, bars.ts[i], bar);
    }
}

}  // namespace

void merge_ranges(RangesBySymbol& ranges) {
    for (auto& [symbol, list] : ranges) {
        std::sort(list.begin(), list.end(), [](const TimeRange& a, const TimeRange& b) {
            return std::pair(a.begin_ms, a.end_ms) < std::pair(b.begin_ms, b.end_ms);
        });
        std::vector<TimeRange> merged;
        for (const TimeRange& range : list) {
            if (!merged.empty() && range.begin_ms <= merged.back().end_ms) {
                merged.back().end_ms = std::max(merged.back().end_ms, range.end_ms);
            } else {
                merged.push_back(range);
            }
        }
        list = std::move(merged);
    }
}

Result<Candles> Candles::open(duck::Connection& connection, const std::string& path,
                              const std::optional<std::string>& symbol) {
    ASSIGN_OR_RETURN(Source source, Source::open(connection, "candles", path));
    const auto require = [&](Names names) {
        return source.require(std::span(names.begin(), names.size()));
    };
    Candles candles(connection, source);
    const std::array<std::string_view, 3> symbol_names = {"mint", "symbol", "token_address"};
    const SourceField* symbol_field = source.find(symbol_names);
    if (symbol_field == nullptr && !symbol) {
        const auto missing = source.require(symbol_names);
        return fail(missing.error().code(),
                    "{}; where all rows are of one symbol, name it: --symbol NAME",
                    missing.error().message());
    }
    if (symbol_field != nullptr && symbol) {
        return fail(ErrorCode::kInvalidArgument,
                    "read candles: {}: a symbol was given ({}), but the column '{}' names it in "
                    "every row; leave the symbol out",
                    path, *symbol, symbol_field->name);
    }
    candles.symbol_sql_ =
        symbol_field != nullptr ? text_sql(*symbol_field) : duck::quote_literal(*symbol);

    ASSIGN_OR_RETURN(const SourceField time, require({"timestamp", "ts", "date"}));
    candles.time_sql_ = time_ms_sql(time);
    candles.time_text_sql_ = text_sql(time);
    std::vector<std::string> prices;
    std::vector<std::string> texts;
    for (const std::string_view name : {"open", "high", "low", "close"}) {
        ASSIGN_OR_RETURN(const SourceField field, require({name}));
        prices.push_back(number_sql(field));
        texts.push_back(fmt::format("'{} ' || {}", name, text_sql(field)));
    }
    // Volume is not needed to trade; candles without it are candles.
    const SourceField* volume = source.find(std::array<std::string_view, 1>{"volume"});
    prices.push_back(volume != nullptr ? number_sql(*volume) : "NULL::DOUBLE");
    if (volume != nullptr) texts.push_back(fmt::format("'volume ' || {}", text_sql(*volume)));
    candles.price_sql_ = fmt::format("{} AS o, {} AS h, {} AS l, {} AS c, {} AS v", prices[0],
                                     prices[1], prices[2], prices[3], prices[4]);
    candles.prices_text_sql_ = fmt::format("{}", fmt::join(texts, " || ', ' || "));
    return candles;
}

Result<std::vector<std::int64_t>> Candles::open_times(std::span<const std::string> symbols) {
    std::vector<std::string> quoted;
    for (const std::string& symbol : symbols) quoted.push_back(duck::quote_literal(symbol));
    std::vector<std::int64_t> times;
    if (quoted.empty()) return times;
    auto rows = connection_.query(fmt::format(
        "SELECT DISTINCT ts FROM (SELECT {} AS ts FROM {} WHERE {} IN ({})) WHERE ts IS NOT NULL "
        "ORDER BY ts",
        time_sql_, source_.scan(), symbol_sql_, fmt::join(quoted, ", ")));
    if (!rows) {
        return fail(rows.error().with_context(fmt::format("read candles: {}", source_.path())));
    }
    for (;;) {
        ASSIGN_OR_RETURN(const bool more, rows->next_chunk());
        if (!more) return times;
        const auto chunk = rows->column(0).bigints(rows->chunk_size());
        times.insert(times.end(), chunk.begin(), chunk.end());
    }
}

Result<std::map<std::string, Distances>> Candles::distances(std::span<const std::string> symbols) {
    std::map<std::string, Distances> all;
    std::vector<std::string> quoted;
    for (const std::string& symbol : symbols) quoted.push_back(duck::quote_literal(symbol));
    if (quoted.empty()) return all;
    auto rows = connection_.query(fmt::format(
        "SELECT symbol, ms, count(*) FROM (SELECT symbol, ts - lag(ts) OVER (PARTITION BY symbol "
        "ORDER BY ts) AS ms FROM (SELECT DISTINCT {0} AS symbol, {1} AS ts FROM {2} WHERE {0} IN "
        "({3})) WHERE ts IS NOT NULL) WHERE ms IS NOT NULL GROUP BY ALL",
        symbol_sql_, time_sql_, source_.scan(), fmt::join(quoted, ", ")));
    if (!rows) {
        return fail(rows.error().with_context(fmt::format("read candles: {}", source_.path())));
    }
    for (;;) {
        ASSIGN_OR_RETURN(const bool more, rows->next());
        if (!more) return all;
        all[std::string(rows->get_string(0))][rows->get_int64(1)] = rows->get_int64(2);
    }
}

Status Candles::require_volume(std::string_view needed_by) const {
    const auto volume = source_.require(std::array<std::string_view, 1>{"volume"});
    if (volume) return {};
    return fail(volume.error().with_context(std::string(needed_by)));
}

Result<std::vector<std::string>> Candles::some_symbols() {
    ASSIGN_OR_RETURN(duck::Rows rows,
                     connection_.query(fmt::format("SELECT DISTINCT {} AS s FROM {} ORDER BY s "
                                                   "LIMIT 5",
                                                   symbol_sql_, source_.scan())));
    std::vector<std::string> symbols;
    for (;;) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return symbols;
        symbols.emplace_back(rows.get_string(0));
    }
}

// wanted: the ranges, cut at the borders of buckets, so that an equality of buckets finds for each
// bar the few ranges it may lie in.
Status Candles::create_wanted(const RangesBySymbol& ranges, std::span<const std::string> symbols) {
    RETURN_IF_ERROR(connection_.execute(
        "CREATE OR REPLACE TABLE wanted(symbol VARCHAR, symbol_id BIGINT, bucket BIGINT, "
        "begin_ms BIGINT, end_ms BIGINT)"));
    using enum duck::ColumnType;
    ASSIGN_OR_RETURN(auto rows,
                     duck::Appender::open(connection_, "wanted",
                                          {kVarchar, kBigint, kBigint, kBigint, kBigint}));
    const std::int64_t width = bucket_width(ranges);
    const auto add = [&](std::size_t id, std::int64_t bucket, const TimeRange& range) -> Status {
        ASSIGN_OR_RETURN(const std::size_t row, rows.add_row());
        rows.column(0).set_text(row, symbols[id]);
        rows.column(1).set_int64(row, static_cast<std::int64_t>(id));
        rows.column(2).set_int64(row, bucket);
        rows.column(3).set_int64(row, range.begin_ms);
        rows.column(4).set_int64(row, range.end_ms);
        return {};
    };
    for (std::size_t id = 0; id < symbols.size(); ++id) {
        RETURN_IF_ERROR(add(id, kNoTime / width, {kNoTime, kNoTime + 1}));
        for (const TimeRange& range : ranges.at(symbols[id])) {
            for (std::int64_t bucket = range.begin_ms / width; bucket <= (range.end_ms - 1) / width;
                 ++bucket) {
                RETURN_IF_ERROR(add(id, bucket, range));
            }
        }
    }
    return rows.finish();
}

Result<CandleSet> Candles::load(const RangesBySymbol& ranges, const MarketCalendar& calendar,
                                OnBadData on_bad_data) {
    std::vector<std::string> symbols;
    for (const auto& [symbol, list] : ranges) symbols.push_back(symbol);
    if (symbols.empty()) return CandleSet{};
    RETURN_IF_ERROR(create_wanted(ranges, symbols));
    auto rows = connection_.stream(fmt::format(
        "SELECT w.symbol_id, b.ts, b.o, b.h, b.l, b.c, b.v FROM "
        "(SELECT {} AS symbol, coalesce({}, {}) AS ts, {} FROM {}) b JOIN wanted w "
        "ON b.symbol = w.symbol AND b.ts // {} = w.bucket AND b.ts >= w.begin_ms "
        "AND b.ts < w.end_ms",
        symbol_sql_, time_sql_, kNoTime, price_sql_, source_.scan(), bucket_width(ranges)));
    Sorter sorter(symbols, calendar, on_bad_data == OnBadData::kWarn);
    std::vector<Pile> piles(symbols.size());
    const Status read = rows ? gather(*rows, piles) : Status(fail(rows.error()));
    if (!read) {
        return fail(read.error().with_context(fmt::format("read candles: {}", source_.path())));
    }
    for (std::size_t symbol = 0; symbol < piles.size(); ++symbol) {
        add_in_order(piles[symbol], symbol, sorter);
        piles[symbol] = {};
    }
    CandleSet set = sorter.take();
    for (const Sorter::Fault& fault : sorter.faults()) {
        RETURN_IF_ERROR(add_reports(set, symbols[fault.symbol], fault.ts, fault.text));
    }
    if (on_bad_data == OnBadData::kFail && set.bad_bars > 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "read candles: {} bad bars; mend them, or leave them out with --on-bad-data "
                    "drop:\n  {}",
                    set.bad_bars, fmt::join(set.reports, "\n  "));
    }
    return set;
}

Status Candles::add_reports(CandleSet& set, std::string_view symbol, std::optional<std::int64_t> ts,
                            std::string_view fault) {
    ASSIGN_OR_RETURN(
        duck::Rows rows,
        connection_.query(
            fmt::format("SELECT daybook_file, daybook_row, {}, {} FROM {} WHERE {} = $1 AND "
                        "coalesce({}, {}) = $2 ORDER BY 1, 2 LIMIT {}",
                        time_text_sql_, prices_text_sql_, source_.scan_with_places(), symbol_sql_,
                        time_sql_, kNoTime, kReportsMax),
            {symbol, ts.value_or(kNoTime)}));
    for (;;) {
        ASSIGN_OR_RETURN(const bool more, rows.next());
        if (!more) return {};
        std::string report = fmt::format(
            "{} ({}, {}): {}; found {}",
            source_.place(connection_, std::string(rows.get_string(0)), rows.get_int64(1)),
            printable(symbol, 40),
            ts ? time_text(ts) : fmt::format("time '{}'", printable(rows.get_string(2), 40)), fault,
            printable(rows.get_string(3), 160));
        if (set.reports.size() < kReportsMax &&
            std::find(set.reports.begin(), set.reports.end(), report) == set.reports.end()) {
            set.reports.push_back(std::move(report));
        }
    }
}

}  // namespace daybook::backtest
