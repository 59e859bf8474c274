// Why a program could not be started, in words that tell what to do.
#pragma once

#include <string>

#include "base/result.h"

namespace daybook::cli {

// `error` is what starting `program`, argv[0], came to.  Looks at the file: the kernel calls a
// script "not found" whose interpreter is.
std::string explain_start_failure(const std::string& program, const Error& error);

}  // namespace daybook::cli
