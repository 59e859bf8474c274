#include "os/publish.h"

#include <fcntl.h>

#include "os/file.h"

namespace daybook::os {
namespace {

// The name itself counts, also that of a link which leads nowhere.
Status check_is_free(const std::string& path) {
    const Result<UniqueFd> fd = open_fd(path, O_PATH | O_NOFOLLOW);
    if (fd) return fail(ErrorCode::kAlreadyExists, "name {}: something has this name", path);
    if (fd.error().code() == ErrorCode::kNotFound) return {};
    return fail(fd.error());
}

}  // namespace

Status publish(const std::string& from, const std::string& to, NameTaken if_taken) {
    if (if_taken == NameTaken::kReplace) return rename(from, to);
    // A link takes no name that is taken, which a look beforehand cannot promise.
    Status linked = hard_link(from, to);
    if (linked) return remove_file(from);
    if (linked.error().code() == ErrorCode::kAlreadyExists) return linked;
    // Or the file system has no links, as exFAT has none: then the look must do.
    RETURN_IF_ERROR(check_is_free(to));
    return rename(from, to);
}

}  // namespace daybook::os
