#include "cli/kept_output.h"

#include <algorithm>

#include <fmt/format.h>

namespace daybook::cli {

void KeptOutput::add(std::string_view bytes) {
    bytes_ += bytes.size();
    const std::size_t to_head = std::min(bytes.size(), half_ - head_.size());
    head_ += bytes.substr(0, to_head);
    bytes.remove_prefix(to_head);
    if (bytes.size() > half_) bytes.remove_prefix(bytes.size() - half_);
    tail_ += bytes;
    // Moved once in a while, not for every byte.
    if (tail_.size() > 2 * half_) tail_.erase(0, tail_.size() - half_);
}

std::string KeptOutput::text() const {
    const std::string_view tail =
        std::string_view(tail_).substr(tail_.size() - std::min(tail_.size(), half_));
    const std::uint64_t left_out = bytes_ - head_.size() - tail.size();
    if (left_out == 0) return head_ + std::string(tail);
    return fmt::format("{}\n… {} bytes left out …\n{}", head_, left_out, tail);
}

}  // namespace daybook::cli
