// A crowd of processes that open the snapshot again and again while it is published.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "indexed_ledger.h"

namespace daybook::bench {

inline constexpr int kReaders = 32;

struct Sightings {
    std::uint64_t publications = 0;
    std::uint64_t opens = 0;
    std::uint64_t failed = 0;  // to open, or to answer; those that met a lock among them
    std::uint64_t locked = 0;
    // A snapshot that lacked rows, had too many, or was older than one seen before.
    std::uint64_t wrong = 0;
    std::string first_problem;  // empty: none
};

// Publishes so many snapshots, each with a few trials more than the one before, while the readers
// open them; goes on until there were so many opens, too.  Half of the readers go by runs.duckdb,
// as other programs do, half by the newest generation, as Daybook does.
Result<Sightings> watch_snapshots(Increments increments, std::size_t publications,
                                  std::size_t opens);

}  // namespace daybook::bench
