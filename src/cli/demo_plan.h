// What the demo runs: real backtests on real prices.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::cli {

struct DemoFiles {
    std::string prices;  // examples/data/sp500_daily.csv
    std::string calls;
    std::string ledger;
};

// One backtest, as a process of its own.
struct DemoRun {
    std::string name;                    // "fixed_stop-3"
    std::string run_id;                  // "demo-20260123-091500-250-fixed_stop-3"
    std::vector<std::string> arguments;  // after the program's name
};

// One path-only backtest, a search that walks forward, and two policies of each common kind, with
// parameters that suit daily bars.  `series` tells this demo's runs from those of the demos before
// it.
std::vector<DemoRun> demo_runs(const std::string& series, const DemoFiles& files);

// The prices that come with Daybook: looked for above the working directory and beside the program.
// kNotFound says where.
Result<std::string> find_demo_prices(const std::string& working_directory,
                                     const std::string& program);

}  // namespace daybook::cli
