// A file that was written under another name gets its own.
#pragma once

#include <string>

#include "base/result.h"

namespace daybook::os {

enum class NameTaken {
    kReplace,  // whatever file has the name
    kRefuse,   // kAlreadyExists, and nothing is done
};

// Gives the file `from` the name `to` on the same file system.  The name is durable when its
// directory is synced, which is the caller's to do, as it is to remove `from` after an error.
Status publish(const std::string& from, const std::string& to, NameTaken if_taken);

}  // namespace daybook::os
