// Retains once, by the days to keep and the time that are given, in a process that may be killed:
//
//     retain_once DIRECTORY KEEP_DAYS TIME_MS
//
// Ends with 0 if it was done.

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "base/clock.h"
#include "lifecycle/retention.h"

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const daybook::ManualClock clock{daybook::TimestampMs(std::stoll(argv[3]))};
    const auto report =
        daybook::lifecycle::retain(daybook::ledger::LedgerDir(argv[1]),
                                   {.policy = {.keep_days = std::stoll(argv[2])}, .clock = &clock});
    if (report) return 0;
    fmt::print(stderr, "{}\n", report.error().message());
    return 1;
}
