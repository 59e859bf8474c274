// How a build divides the memory it may take.
#pragma once

#include <cstdint>

namespace daybook::index {

struct MemoryPlan {
    std::uint64_t batch_bytes = 0;     // of the log, in one batch; it takes 3.7 times as much
    std::uint64_t database_bytes = 0;  // for DuckDB, which spills what needs more to disk
    bool operator==(const MemoryPlan&) const = default;
};

// Less leaves DuckDB too little to compress a row group for each thread.
inline constexpr std::uint64_t kBuildMemoryBytesMin = std::uint64_t{256} << 20;

// For a build that may take `bytes_max`, at least kBuildMemoryBytesMin; 0: half of
// `machine_bytes`, but no more than makes it faster.
MemoryPlan plan_memory(std::uint64_t bytes_max, std::uint64_t machine_bytes);

}  // namespace daybook::index
