// What starting a program takes, however it is started.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "os/file.h"

namespace daybook::os {

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};
// No program inherits it by chance: both ends are closed by exec().
Result<Pipe> make_pipe();

// As execve() takes words and variables: what they point to must outlive them, and a null is last.
std::vector<char*> pointers_to(const std::vector<std::string>& texts);

}  // namespace daybook::os
