// Files that are open and have no name any more.
#pragma once

namespace daybook::os {

// Whether the open file has been deleted: what is written to it then nobody can read.  False if it
// cannot be told.
bool is_deleted(int fd);

}  // namespace daybook::os
