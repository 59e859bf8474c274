#include "backtest/csv_records.h"

#include <cstddef>

namespace daybook::backtest {
namespace {

// A quote that follows anything else is a character of its field: 5" of rain.
bool may_open(std::string_view line, std::size_t quote) {
    return quote == 0 || std::string_view(",;|\t").find(line[quote - 1]) != std::string_view::npos;
}

}  // namespace

bool CsvRecords::begins_with(std::string_view line) {
    if (!quoted_ && line.empty()) return false;
    const bool begins = !quoted_;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '"') continue;
        if (!quoted_) {
            quoted_ = may_open(line, i);
        } else if (i + 1 < line.size() && line[i + 1] == '"') {
            ++i;  // a doubled quote is one within the quotes
        } else {
            quoted_ = false;
        }
    }
    return begins;
}

}  // namespace daybook::backtest
