// Text that lives as long as the batch that refers to it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace daybook::index {

// Keeps copies of texts at places that never move.  Not thread-safe.
class Arena {
public:
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        if (text.size() > left_) grow(text.size());
        char* place = next_;
        std::memcpy(place, text.data(), text.size());
        next_ += text.size();
        left_ -= text.size();
        return {place, text.size()};
    }

    // The same for texts that come again and again, such as names of metrics: one of the last
    // copies will do.
    std::string_view intern(std::string_view text) {
        if (text.empty()) return {};
        const std::size_t slot = (text.size() * 31 + static_cast<unsigned char>(text.front()) * 7 +
                                  static_cast<unsigned char>(text.back())) %
                                 recent_.size();
        if (recent_[slot] != text) recent_[slot] = keep(text);
        return recent_[slot];
    }

private:
    void grow(std::size_t size) {
        left_ = std::max(size, kBlockBytes);
        blocks_.push_back(std::make_unique<char[]>(left_));
        next_ = blocks_.back().get();
    }

    static constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::array<std::string_view, 256> recent_{};
    char* next_ = nullptr;
    std::size_t left_ = 0;
};

}  // namespace daybook::index
