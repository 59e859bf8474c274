#include "cli/standard_output.h"

#include <cerrno>

#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

}  // namespace

void StandardOutput::write(std::string_view text) {
    if (failed()) return;
    buffer_.append(text);
    if (buffer_.size() >= kBufferBytes) flush();
}

void StandardOutput::flush() {
    if (failed() || buffer_.empty()) return;
    errno = 0;
    os::WriteOutcome outcome = os::write_all(fd_, buffer_, name_);
    if (outcome.error) {
        pipe_closed_ = errno == EPIPE;
        error_ = std::move(outcome.error);
    }
    buffer_.clear();
}

void write_standard_error(std::string_view text) { (void)os::write_all(2, text, "standard error"); }

}  // namespace daybook::cli
