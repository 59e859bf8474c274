#include "log/log_source.h"

#include <algorithm>
#include <iterator>

#include "log/scan.h"

namespace daybook::log {

Result<std::vector<PartInfo>> list_parts(const LogSource& source) {
    ASSIGN_OR_RETURN(std::vector<PartInfo> files, list_parts(source.layout()));
    if (source.archives() == nullptr) return files;
    ASSIGN_OR_RETURN(const std::vector<PartInfo> archived, source.archives()->list());
    std::vector<PartInfo> parts;
    parts.reserve(files.size() + archived.size());
    const auto earlier = [](const PartInfo& a, const PartInfo& b) { return a.id < b.id; };
    // Of a part that both have, the file: set_union takes the first range's.
    std::set_union(files.begin(), files.end(), archived.begin(), archived.end(),
                   std::back_inserter(parts), earlier);
    return parts;
}

Result<OpenPart> open_part(const LogSource& source, const PartId& part) {
    std::string path = source.layout().part_path(part);
    Result<os::UniqueFd> fd = os::open_fd(path, O_RDONLY);
    if (fd) return OpenPart{.fd = std::move(*fd), .path = std::move(path)};
    const bool has_gone = fd.error().code() == ErrorCode::kNotFound;
    if (!has_gone || source.archives() == nullptr) return fail(std::move(fd).error());
    return source.archives()->open(part);
}

}  // namespace daybook::log
