#include "ledger/artifact_facts.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "ledger/file_hash.h"
#include "os/file.h"

namespace daybook::ledger {

std::optional<std::string> format_of_name(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return std::nullopt;
    std::string extension(name.substr(dot + 1));
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

Status check_is_file(const std::string& path) {
    // Before it is opened: a pipe would wait for somebody who writes to it.
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    if (!info || info->is_regular) return {};
    return fail(ErrorCode::kInvalidArgument, "add artifact {}: it is {}, expected a file", path,
                info->is_directory ? "a directory" : "a pipe, a socket or a device");
}

std::string artifact_place(const LedgerDir& dir, const std::string& path) {
    std::string place = os::canonical_path(path);
    const std::string root = os::canonical_path(dir.root()) + "/";
    if (place.starts_with(root)) place.erase(0, root.size());
    return place;
}

Result<ArtifactFacts> artifact_facts(const LedgerDir& dir, const std::string& path) {
    RETURN_IF_ERROR(check_is_file(path));
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(FileHash hash, hash_file(fd.get(), path));
    return ArtifactFacts{.path = artifact_place(dir, path),
                         .size_bytes = static_cast<std::int64_t>(hash.bytes),
                         .sha256 = std::move(hash.sha256),
                         .format = format_of_name(path)};
}

}  // namespace daybook::ledger
