// Standard streams, and what is at their other end.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"

namespace daybook::os {

// Reads what is there, waiting for the first byte; 0 at the end of the stream.  kCancelled if an
// interrupt (see os/interrupt.h) arrives while it waits.
Result<std::size_t> read_some(int fd, std::span<char> out, std::string_view path);

// Takes the numbers of standard streams that this process was started without, so that no file that
// is opened later gets one and is read or written as a stream.  Reading and writing them still fail
// (EBADF).  To be called before any file is opened; programs started from here have them, too.
void occupy_standard_streams();

bool is_terminal(int fd);

// The terminal's width in columns; 0 if `fd` is no terminal or its width is unknown.
int terminal_columns(int fd);

}  // namespace daybook::os
