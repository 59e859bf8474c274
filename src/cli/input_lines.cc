#include "cli/input_lines.h"

#include "os/stream.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

InputLines::InputLines(int fd, std::string name, std::size_t line_bytes_max)
    : fd_(fd), name_(std::move(name)), line_bytes_max_(line_bytes_max) {}

Result<bool> InputLines::next(std::vector<InputLine>& lines) {
    lines.clear();
    buffer_.erase(0, used_);
    scanned_ -= used_;
    used_ = 0;
    while (!ended_) {
        const std::size_t before = buffer_.size();
        buffer_.resize(before + kBlockBytes);
        const auto got = os::read_some(fd_, {buffer_.data() + before, kBlockBytes}, name_);
        buffer_.resize(before + got.value_or(0));
        if (!got) return fail(got.error());
        if (*got == 0) {
            ended_ = true;
            if (!buffer_.empty() && !passing_over_) buffer_ += '\n';
        }
        split(lines);
        if (used_ > 0) return true;
    }
    return false;
}

void InputLines::split(std::vector<InputLine>& lines) {
    std::size_t end = 0;
    while ((end = buffer_.find('\n', scanned_)) != std::string::npos) {
        const std::string_view text = std::string_view(buffer_).substr(used_, end - used_);
        if (passing_over_) {
            passing_over_ = false;
        } else {
            ++number_;
            const bool too_long = text.size() > line_bytes_max_;
            if (too_long || !is_blank(text)) {
                lines.push_back({.number = number_,
                                 .text = text.substr(0, line_bytes_max_),
                                 .too_long = too_long});
            }
        }
        used_ = scanned_ = end + 1;
    }
    scanned_ = buffer_.size();
    if (passing_over_) {
        used_ = scanned_;
    } else if (scanned_ - used_ > line_bytes_max_) {
        // Told now, without waiting for its end.
        lines.push_back({.number = ++number_,
                         .text = std::string_view(buffer_).substr(used_, line_bytes_max_),
                         .too_long = true});
        passing_over_ = true;
        used_ = scanned_;
    }
}

}  // namespace daybook::cli
