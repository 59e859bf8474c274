// Candles in memory: one array a column, so that a scan touches only what it compares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace daybook::backtest {

// Bars of one symbol in ascending order of their open times; borrowed.
struct BarsView {
    const std::int64_t* ts = nullptr;  // open time, ms
    const double* open = nullptr;
    const double* high = nullptr;
    const double* low = nullptr;
    const double* close = nullptr;
    const double* volume = nullptr;  // NaN where it is not known
    std::size_t size = 0;

    // The bars [begin, end).
    BarsView slice(std::size_t begin, std::size_t end) const {
        DAYBOOK_CHECK(begin <= end && end <= size);
        return {ts + begin,    open + begin,   high + begin, low + begin,
                close + begin, volume + begin, end - begin};
    }
};

// The same, owned.
struct Bars {
    std::vector<std::int64_t> ts;
    std::vector<double> open;
    std::vector<double> high;
    std::vector<double> low;
    std::vector<double> close;
    std::vector<double> volume;

    std::size_t size() const { return ts.size(); }
    BarsView view() const {
        return {ts.data(),    open.data(),   high.data(), low.data(),
                close.data(), volume.data(), ts.size()};
    }
    void push(std::int64_t time, double o, double h, double l, double c, double v) {
        ts.push_back(time);
        open.push_back(o);
        high.push_back(h);
        low.push_back(l);
        close.push_back(c);
        volume.push_back(v);
    }
    bool operator==(const Bars&) const = default;
};

// The index of the first bar that opens at or after `time`; view.size if there is none.
std::size_t first_at_or_after(const BarsView& view, std::int64_t time);

}  // namespace daybook::backtest
