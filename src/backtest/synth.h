// Made-up candles and calls, for scale: as many as one likes, the same for the same seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "backtest/interval.h"
#include "backtest/synth_series.h"
#include "base/calendar.h"
#include "base/result.h"

namespace daybook::backtest {

struct SynthOptions {
    std::int64_t symbols = 10;
    std::int64_t bars = 10'000;  // a symbol
    Interval interval;
    std::int64_t calls = 500;
    std::int64_t callers = 5;
    std::int64_t seed = 1;  // 0 to 2^53 - 1, which every reader of JSON keeps
    Day start{19723};       // 2024-01-01
    std::string directory;
    SynthModel model;
    unsigned threads = 0;  // 0: one for each processor; changes no byte
    // Asked now and then: true ends it with kCancelled and leaves no file.
    std::function<bool()> cancelled{};
    // Called now and then with the bars that are made, by one thread at a time.
    std::function<void(std::uint64_t)> progress{};
};

// Refuses options out of range, naming the option, what was found and what was expected.
Status check_synth_options(const SynthOptions& options);

// Writes candles.parquet, calls.csv, calls.parquet and, last, synth.json into the directory, which
// is made; each file whole or not at all.  Memory does not grow with the number of bars.
// The Parquet files carry the same document as metadata, under kSyntheticKey, so that a backtest
// knows.  A directory that holds one of them already is kAlreadyExists.
//
// Candles are ordered by symbol and time.  Calls are made at random times within the first nine
// tenths of the bars, of symbols and by callers drawn at random: nobody knows anything.
//
// Returns the document of synth.json: schemas/documents/backtest_synth.json.
Result<std::string> make_synthetic(const SynthOptions& options);

}  // namespace daybook::backtest
