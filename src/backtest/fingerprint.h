// data_fingerprint: what tells whether two runs have seen the same data.
//
// SHA-256 over the calls and over the bars inside the union of their windows, byte by byte as
// docs/formats/fingerprint.md lays them out.
#pragma once

#include <map>
#include <span>
#include <string>

#include "backtest/bars.h"
#include "backtest/call.h"

namespace daybook::backtest {

// 64 lower-case hex digits.  `calls` are sorted by (created_at_ms, id); `bars` holds a series for
// each symbol that has bars, sorted bytewise.
std::string data_fingerprint(std::span<const Call> calls, const std::map<std::string, Bars>& bars);

}  // namespace daybook::backtest
