#include "os/glob.h"

#include <glob.h>

#include <cerrno>

#include "os/error.h"

namespace daybook::os {

Result<std::vector<std::string>> matching_files(const std::string& pattern) {
    glob_t found{};
    errno = 0;
    const int code =
        ::glob(pattern.c_str(), GLOB_MARK | GLOB_TILDE | GLOB_BRACE | GLOB_ERR, nullptr, &found);
    const int error_number = errno;
    std::vector<std::string> files;
    for (std::size_t i = 0; code == 0 && i < found.gl_pathc; ++i) {
        std::string path = found.gl_pathv[i];
        if (!path.ends_with('/')) files.push_back(std::move(path));
    }
    ::globfree(&found);
    if (code != 0 && code != GLOB_NOMATCH) {
        return fail(errno_error(error_number == 0 ? EIO : error_number, "look for", pattern));
    }
    return files;
}

}  // namespace daybook::os
