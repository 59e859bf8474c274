#include "capture/diff_store.h"

#include <optional>

#include <fmt/format.h>

#include "base/hash.h"
#include "os/file.h"

namespace daybook::capture {

std::string diff_path(std::string_view sha256) {
    return fmt::format("artifacts/code/{}.diff", sha256);
}

Result<StoredDiff> store_diff(const std::string& ledger_dir, std::string_view diff) {
    StoredDiff stored{.sha256 = sha256_hex(diff)};
    stored.path = diff_path(stored.sha256);
    const std::string path = os::join_path(ledger_dir, stored.path);
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> there, os::file_info(path));
    if (there && there->size.value() == diff.size()) return stored;
    RETURN_IF_ERROR(os::make_dirs(os::parent_path(path)));
    RETURN_IF_ERROR(os::write_file_atomic(path, diff));
    return stored;
}

}  // namespace daybook::capture
