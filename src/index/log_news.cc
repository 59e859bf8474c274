#include "index/log_news.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "log/scan.h"
#include "os/file.h"

namespace daybook::index {
namespace {

// Whether a line ends at or after `from`, the start of one.
Result<bool> has_line_end(const std::string& path, ByteOffset from) {
    const Result<os::UniqueFd> fd = os::open_fd(path, O_RDONLY);
    // It was listed and has gone: the next listing will not have it.
    if (!fd && fd.error().code() == ErrorCode::kNotFound) return true;
    if (!fd) return fail(fd.error());
    std::array<char, 65'536> block;
    while (true) {
        ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd->get(), from, block, path));
        if (std::string_view(block.data(), got).find('\n') != std::string_view::npos) return true;
        if (got < block.size()) return false;
        from += got;
    }
}

}  // namespace

Result<bool> has_news(const std::string& root, const BytesRead& read) {
    const log::Layout layout(root);
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    std::size_t known = 0;
    for (const log::PartInfo& part : parts) {
        const auto found = read.find(to_string(part.id));
        if (found != read.end()) ++known;
        const ByteOffset end(found == read.end() ? 0 : found->second);
        if (part.size == end) continue;
        if (part.size < end) return true;
        ASSIGN_OR_RETURN(const bool is_new, has_line_end(layout.part_path(part.id), end));
        if (is_new) return true;
    }
    return known != read.size();
}

}  // namespace daybook::index
