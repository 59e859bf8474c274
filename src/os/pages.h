// Memory straight from the system, in large pages where it has them.
#pragma once

#include <cstddef>
#include <utility>

namespace daybook::os {

// `bytes` bytes, a multiple of 4096, of whatever content.  Pages are given when they are first
// touched, 2 MiB at once if `bytes` is a multiple of that and the kernel can.  Ends the process if
// there is no memory left, as `new` does.
class Pages {
public:
    explicit Pages(std::size_t bytes);
    Pages(Pages&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Pages& operator=(Pages&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Pages();

    char* data() const { return data_; }
    std::size_t size() const { return bytes_; }

private:
    char* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace daybook::os
