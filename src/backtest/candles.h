// Candles: which bars there are, and the bars that windows ask for.
//
// DuckDB filters the files, so memory follows the windows and not the files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/bars.h"
#include "backtest/market_calendar.h"
#include "backtest/options.h"
#include "backtest/source.h"
#include "backtest/spacing.h"
#include "base/result.h"
#include "duck/connection.h"

namespace daybook::backtest {

// A half-open span of time.
struct TimeRange {
    std::int64_t begin_ms = 0;
    std::int64_t end_ms = 0;
    bool operator==(const TimeRange&) const = default;
};

// For each symbol ranges that are ascending and do not touch.
using RangesBySymbol = std::map<std::string, std::vector<TimeRange>>;

// Sorts the ranges of each symbol and merges those that overlap or touch.
void merge_ranges(RangesBySymbol& ranges);

struct CandleSet {
    std::map<std::string, Bars> bars;  // symbols without a bar are not in it
    // Open times of bars that were left out as bad, ascending; a symbol's unreadable times are not.
    std::map<std::string, std::vector<std::int64_t>> dropped;
    std::uint64_t bad_bars = 0;
    // The first bad bars in words, with file, line and symbol: "a.csv line 3 (SPX, …): low 5 is …".
    std::vector<std::string> reports;
};

// Key of the Parquet metadata that marks candles as made up.
inline constexpr const char* kSyntheticKey = "daybook_synthetic";

class Candles {
public:
    // `symbol`: that of candles that have no column of symbols; an error if they have one.
    // The connection must outlive this, and its time zone be UTC.
    static Result<Candles> open(duck::Connection& connection, const std::string& path,
                                const std::optional<std::string>& symbol);

    // Whether `daybook backtest synth` has made any of them up (see synth.h).
    Result<bool> is_synthetic() { return source_.has_metadata(connection_, kSyntheticKey); }

    // The distinct open times of these symbols' bars, ascending.
    Result<std::vector<std::int64_t>> open_times(std::span<const std::string> symbols);

    // How far apart the bars of these symbols are, for each symbol that has bars.
    Result<std::map<std::string, Distances>> distances(std::span<const std::string> symbols);

    // Refuses candles without a column of volumes, naming what needs it.
    Status require_volume(std::string_view needed_by) const;

    // Symbols that there are bars of, the first few by name.
    Result<std::vector<std::string>> some_symbols();

    // The bars that open inside the ranges, checked (see bar_check.h); bars must also open on the
    // calendar, and only once.  A bad bar is left out, or with kWarn kept if it is usable; of
    // several bars with one time the least by its prices is kept.  With kFail any bad bar is an
    // error that lists the first ones.
    Result<CandleSet> load(const RangesBySymbol& ranges, const MarketCalendar& calendar,
                           OnBadData on_bad_data);

private:
    Candles(duck::Connection& connection, Source source)
        : connection_(connection), source_(std::move(source)) {}
    Status create_wanted(const RangesBySymbol& ranges, std::span<const std::string> symbols);
    Status add_reports(CandleSet& set, std::string_view symbol, std::optional<std::int64_t> ts,
                       std::string_view fault);

    duck::Connection& connection_;
    Source source_;
    std::string symbol_sql_;
    std::string time_sql_;
    std::string time_text_sql_;
    std::string price_sql_;        // open, high, low, close, volume
    std::string prices_text_sql_;  // the same as one text: "open '1', high '2', …"
};

}  // namespace daybook::backtest
