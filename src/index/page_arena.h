// Memory for what one thread reads of a batch: large pages, given back all at once.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "os/pages.h"

namespace daybook::index {

// A batch touches a gigabyte of memory for the first time, and each page of 4 KiB then costs a
// fault; pages of 2 MiB cost next to none.  Not thread-safe.
class PageArena final : public std::pmr::memory_resource {
public:
    // `total`, if there is one, is told of all memory that is taken; it outlives the arena.
    explicit PageArena(std::atomic<std::uint64_t>* total = nullptr) : total_(total) {}

private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        void* place = next_;
        if (!std::align(alignment, bytes, place, left_)) {
            grow(bytes + alignment);
            place = next_;
            std::align(alignment, bytes, place, left_);
        }
        next_ = static_cast<char*>(place) + bytes;
        left_ -= bytes;
        return place;
    }
    void do_deallocate(void*, std::size_t, std::size_t) override {}
    bool do_is_equal(const memory_resource& other) const noexcept override {
        return this == &other;
    }

    void grow(std::size_t bytes) {
        // Small beginnings: most tails are a few lines.
        block_bytes_ = std::min(block_bytes_ * 2, kBlockBytesMax);
        const std::size_t unit =
            std::max(bytes, block_bytes_) >= kLargePageBytes ? kLargePageBytes : kPageBytes;
        const std::size_t size = (std::max(bytes, block_bytes_) + unit - 1) / unit * unit;
        blocks_.emplace_back(size);
        if (total_ != nullptr) total_->fetch_add(size, std::memory_order_relaxed);
        next_ = blocks_.back().data();
        left_ = size;
    }

    static constexpr std::size_t kPageBytes = 4096;
    static constexpr std::size_t kLargePageBytes = std::size_t{2} << 20;
    static constexpr std::size_t kBlockBytesMax = std::size_t{16} << 20;
    std::atomic<std::uint64_t>* total_;
    std::vector<os::Pages> blocks_;
    std::size_t block_bytes_ = std::size_t{32} << 10;
    char* next_ = nullptr;
    std::size_t left_ = 0;
};

}  // namespace daybook::index
