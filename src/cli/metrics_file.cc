#include "cli/metrics_file.h"

#include <algorithm>
#include <vector>

#include "base/limits.h"
#include "os/interrupt.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;
constexpr std::string_view kPrefix = "daybook: ";

}  // namespace

Result<MetricsFile> MetricsFile::follow(std::string path, Found found) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    // A pipe would wait for somebody who writes to it.
    if (info && !info->is_regular) {
        return fail(ErrorCode::kInvalidArgument, "follow {}: it is {}, expected a file", path,
                    info->is_directory ? "a directory" : "a pipe, a socket or a device");
    }
    MetricsFile file(std::move(path), std::move(found));
    if (info) {
        file.identity_ = info->identity;
        file.offset_ = info->size.value();
    }
    return file;
}

Status MetricsFile::read() {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path_));
    if (!info || !info->is_regular) return {};
    if (identity_ != info->identity || info->size.value() < offset_) {
        identity_ = info->identity;
        offset_ = 0;
        lines_ = 0;
        line_.clear();
    }
    if (info->size.value() == offset_) return {};
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path_, O_RDONLY));
    std::vector<char> block(kBlockBytes);
    while (true) {
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd.get(), ByteOffset(offset_), block, path_));
        take(std::string_view(block.data(), got));
        offset_ += got;
        if (got < block.size()) return {};
        if (os::interrupted()) {
            return fail(ErrorCode::kCancelled,
                        "follow {}: interrupted: reports behind byte {} are not recorded", path_,
                        offset_);
        }
    }
}

Status MetricsFile::finish() {
    RETURN_IF_ERROR(read());
    if (!line_.empty()) end_line();
    return {};
}

void MetricsFile::take(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        // Of a line that no event can hold enough is kept to be refused.
        const std::size_t room = kLineBytesMax + 1 - std::min(line_.size(), kLineBytesMax + 1);
        line_ += bytes.substr(0, end).substr(0, room);
        if (end == std::string_view::npos) return;
        end_line();
        bytes.remove_prefix(end + 1);
    }
}

void MetricsFile::end_line() {
    ++lines_;
    std::string_view text = line_;
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    if (text.find_first_not_of(" \t") != std::string_view::npos) found_(text, lines_);
    line_.clear();
}

}  // namespace daybook::cli
