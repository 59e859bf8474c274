#include "index/memory_plan.h"

#include <algorithm>

#include "index/batch.h"

namespace daybook::index {
namespace {

// A full batch (measured: 1,000 bytes of memory for each line of 390), and 768 MiB for DuckDB.
constexpr std::uint64_t kAmpleBytes = std::uint64_t{2304} << 20;
constexpr std::uint64_t kAmpleDatabaseBytes = std::uint64_t{768} << 20;

}  // namespace

MemoryPlan plan_memory(std::uint64_t bytes_max, std::uint64_t machine_bytes) {
    std::uint64_t bytes = bytes_max;
    if (bytes == 0) bytes = std::min(machine_bytes / 2, kAmpleBytes);
    bytes = std::max(bytes, kBuildMemoryBytesMin);
    const std::uint64_t shared = std::min(bytes, kAmpleBytes);
    // Divided in MiB, so that nothing overflows.
    constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
    const std::uint64_t batch = shared / kMiB * kBatchBytes / (kAmpleBytes / kMiB);
    const std::uint64_t database = shared / kMiB * kAmpleDatabaseBytes / (kAmpleBytes / kMiB);
    return {batch, database + (bytes - shared)};
}

}  // namespace daybook::index
