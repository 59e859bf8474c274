#include "os/spawn_parts.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "os/error.h"

namespace daybook::os {

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(errno_error(errno, "make", "a pipe"));
    return Pipe{.read = UniqueFd(ends[0]), .write = UniqueFd(ends[1])};
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace daybook::os
