// Records a small parameter search, as a strategy of one's own would.
//
//     record_search [LEDGER]        the ledger's directory; data/ledger if none is given
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "daybook/ledger.h"

namespace {

// Stands for a backtest: what a strategy with this stop would have earned.
double sharpe_of(double stop) { return 1.5 - std::abs(stop - 0.06) * 20; }

daybook::Status record_search(const std::string& directory) {
    daybook::Result<daybook::Ledger> ledger = daybook::Ledger::open(directory);
    if (!ledger) return tl::unexpected(ledger.error());

    daybook::Result<daybook::Run> run = ledger->start_run({
        .type = "grid_search",
        .config = {{"strategy", "breakout"}, {"stops", 8}},
        .name = "stops",
        .tags = {{"desk", "index"}},
    });
    if (!run) return tl::unexpected(run.error());

    double best = -1e9;
    {
        // Ends by itself: completed here, failed if an exception leaves the block.
        const daybook::Result<daybook::Phase> phase = run->phase("search");
        if (!phase) return tl::unexpected(phase.error());
        for (int i = 1; i <= 8; ++i) {
            const double stop = 0.02 * i;
            const double sharpe = sharpe_of(stop);
            const daybook::Status recorded = run->record_trial(
                "stop_" + std::to_string(2 * i), {{"stop", stop}}, {{"sharpe", sharpe}});
            if (!recorded) return recorded;
            best = std::max(best, sharpe);
        }
    }
    const daybook::Status completed = run->complete({{"best_sharpe", best}});
    if (completed) std::printf("recorded %s in %s\n", run->id().c_str(), directory.c_str());
    return completed;
}

}  // namespace

int main(int argc, char** argv) {
    const daybook::Status status = record_search(argc > 1 ? argv[1] : "data/ledger");
    if (status) return 0;
    std::fprintf(stderr, "%s\n", status.error().message().c_str());
    return 1;
}
