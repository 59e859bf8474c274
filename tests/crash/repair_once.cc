// Repairs a ledger: what `daybook repair` does, in a program that a test may kill at any moment.
//
//     repair_once DIRECTORY

#include <string>

#include <fmt/format.h>

#include "ledger/repair.h"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const auto report = daybook::ledger::repair(daybook::ledger::LedgerDir(argv[1]));
    if (report) return 0;
    fmt::print(stderr, "{}\n", report.error().message());
    return 1;
}
