// Who works on one ledger at the same time: each function is the whole life of one process.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace daybook::testing {

inline constexpr std::size_t kWriters = 64;
inline constexpr std::size_t kReaders = 16;

// Memory that all of the processes share.
struct Board {
    std::atomic<bool> writers_stop = false;
    std::atomic<bool> readers_stop = false;
    std::array<std::atomic<std::uint64_t>, kWriters> written{};  // events acknowledged
    std::array<std::atomic<std::uint64_t>, kReaders> read{};     // whole lines
    std::atomic<std::uint64_t> indexed = 0;
    std::atomic<std::uint64_t> snapshots = 0;
};

// Records a run until the writers are to stop, so many events a second.
Status write_events(const std::string& directory, Board& board, std::size_t number,
                    double events_per_second);
// Reads every line as it comes, and once more all that is there when the readers are to stop.
// Even ones follow the log, odd ones read each part on from where they were.
Status read_events(const std::string& directory, Board& board, std::size_t number);
// Builds the index again and again.
Status index_events(const std::string& directory, Board& board);

}  // namespace daybook::testing
