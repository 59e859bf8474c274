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
    const auto is_there = [&]() -> Result<bool> {
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
        return info && info->size.value() == diff.size();
    };
    ASSIGN_OR_RETURN(const bool known, is_there());
    if (known) return stored;
    RETURN_IF_ERROR(os::make_dirs(os::parent_path(path)));
    if (const Status written = os::write_file_atomic(path, diff); !written) {
        // Another thread of this process, with the same temporary name, may have been faster.
        if (!is_there().value_or(false)) return fail(written.error());
    }
    return stored;
}

}  // namespace daybook::capture
