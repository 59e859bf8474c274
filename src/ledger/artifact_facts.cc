#include "ledger/artifact_facts.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/hash.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

std::optional<std::string> extension_of(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return std::nullopt;
    std::string extension(name.substr(dot + 1));
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

}  // namespace

Result<ArtifactFacts> artifact_facts(const LedgerDir& dir, const std::string& path) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), path));
    if (info.is_directory) {
        return fail(ErrorCode::kInvalidArgument, "add artifact {}: it is a directory", path);
    }
    Sha256 hash;
    ByteOffset offset;
    std::string block(kBlockBytes, '\0');
    while (true) {
        ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd.get(), offset, block, path));
        if (got == 0) break;
        hash.update(std::string_view(block).substr(0, got));
        offset += got;
    }

    ArtifactFacts facts{.path = os::canonical_path(path),
                        .size_bytes = static_cast<std::int64_t>(offset.value()),
                        .sha256 = to_hex(hash.finish()),
                        .format = extension_of(path)};
    const std::string root = os::canonical_path(dir.root()) + "/";
    if (facts.path.starts_with(root)) facts.path.erase(0, root.size());
    return facts;
}

}  // namespace daybook::ledger
