// Copies of files that can be stopped (those of file.h cannot).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "base/result.h"

namespace daybook::os {

// Asked before each piece of some megabytes; false ends the copy with kCancelled.  Unset: nobody
// stops it.
using KeepOn = std::function<bool()>;

// As copy_file() of file.h.  After an error `to` is there, half.
Status copy_file(const std::string& from, const std::string& to, mode_t mode,
                 const KeepOn& keep_on);
// As copy_open_file() of file.h.
Status copy_open_file(int from, const std::string& path, const std::string& to, mode_t mode,
                      const KeepOn& keep_on);

}  // namespace daybook::os
