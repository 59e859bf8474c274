// What a DuckDB file says of its size, read without DuckDB.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace daybook::index {

// How many bytes the database in `fd` must have for all of its blocks to be there, as its newest
// header and the list of free blocks say; `path` is for messages.  0: the header says nothing that
// makes sense, and whoever opens the file will find out.  A file that is shorter has lost its end.
//
// DuckDB cuts free blocks off the end of a file after it has written the header, so that a sound
// file may be shorter than the header's number of blocks.
Result<std::uint64_t> database_bytes_min(int fd, const std::string& path);

}  // namespace daybook::index
