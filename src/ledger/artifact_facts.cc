#include "ledger/artifact_facts.h"

#include <algorithm>
#include <cctype>
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

Result<ArtifactFacts> artifact_facts(const LedgerDir& dir, const std::string& path) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), path));
    if (info.is_directory) {
        return fail(ErrorCode::kInvalidArgument, "add artifact {}: it is a directory", path);
    }
    ASSIGN_OR_RETURN(FileHash hash, hash_file(fd.get(), path));
    ArtifactFacts facts{.path = os::canonical_path(path),
                        .size_bytes = static_cast<std::int64_t>(hash.bytes),
                        .sha256 = std::move(hash.sha256),
                        .format = format_of_name(path)};
    const std::string root = os::canonical_path(dir.root()) + "/";
    if (facts.path.starts_with(root)) facts.path.erase(0, root.size());
    return facts;
}

}  // namespace daybook::ledger
