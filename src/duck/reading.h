// What SQL from outside may do: read.
//
// DuckDB itself keeps a hardened database from files, the network, extensions and settings.  What
// it does not stop, in 1.4: CALL enable_logging(…) with a file ends the process by an exception
// that nobody catches, or writes to standard output; PRAGMA enable_profiling prints; arrow_scan()
// follows any address.  So only statements that read are let in, and those functions are not,
// nor those that make SQL of text, in which they could hide.
#pragma once

#include <string_view>

#include "base/result.h"

namespace daybook::duck {

// kPermissionDenied: a statement of `sql` begins as one does that changes something, or names one
// of those functions.  What begins otherwise, as a common table expression before an INSERT does,
// is for the type of the prepared statement to tell.
Status check_reading(std::string_view sql);

// `error`, and what is allowed, if DuckDB refused access to something.
Error explain_refusal(const Error& error);

}  // namespace daybook::duck
