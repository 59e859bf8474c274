// What lies at a path itself, whatever it leads to.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "os/file.h"

namespace daybook::lifecycle {

// Of a symbolic link the link, so that nothing of what it leads to is touched; nullopt: there is
// nothing.
Result<std::optional<os::FileInfo>> look_at(const std::string& path);

// Whether there is a directory, and no link to one.
Result<bool> is_real_directory(const std::string& path);

}  // namespace daybook::lifecycle
