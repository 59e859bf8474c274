// A set of 64-bit hashes in eight bytes each: what a log of a hundred million events names must fit
// in memory.  Two texts of one hash are one; whoever asks must be safe with a "yes" too many.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace daybook::lifecycle {

// Not thread-safe.
class HashSet {
public:
    void add(std::string_view text) {
        hashes_.push_back(xxh3_64(text));
        if (hashes_.size() >= 2 * settled_ + kRoom) settle();
    }
    // Of what was added before the last settle().
    bool contains(std::string_view text) const {
        const auto end = hashes_.begin() + static_cast<std::ptrdiff_t>(settled_);
        return std::binary_search(hashes_.begin(), end, xxh3_64(text));
    }
    // Sorts what was added, and drops what was added twice.
    void settle() {
        std::sort(hashes_.begin(), hashes_.end());
        hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
        settled_ = hashes_.size();
    }
    std::size_t size() const { return settled_; }

private:
    static constexpr std::size_t kRoom = std::size_t{1} << 16;
    std::vector<std::uint64_t> hashes_{};
    std::size_t settled_ = 0;  // sorted, each once
};

}  // namespace daybook::lifecycle
