#include "ledger/file_hash.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/hash.h"
#include "os/file.h"
#include "os/interrupt.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

}  // namespace

Result<FileHash> hash_file(int fd, const std::string& path, std::uint64_t bytes_max) {
    Sha256 hash;
    ByteOffset offset;
    std::string block(kBlockBytes, '\0');
    while (offset.value() < bytes_max) {
        const std::uint64_t want = std::min<std::uint64_t>(kBlockBytes, bytes_max - offset.value());
        ASSIGN_OR_RETURN(const std::size_t got,
                         os::read_at(fd, offset, std::span(block).first(want), path));
        if (got == 0) break;
        hash.update(std::string_view(block).substr(0, got));
        offset += got;
        if (got == kBlockBytes && os::interrupted()) {
            return fail(ErrorCode::kCancelled, "hash {}: interrupted", path);
        }
    }
    return FileHash{.bytes = offset.value(), .sha256 = to_hex(hash.finish())};
}

}  // namespace daybook::ledger
