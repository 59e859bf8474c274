// Finding one artifact of a run, for commands that read it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/catalog.h"

namespace daybook::cli {

// "alerts, paths"; "none" if there are none.
std::string types_of(std::span<const query::CatalogFile> files);

// Names joined by commas; "none" if there are none.
std::string listed(std::span<const std::string> names);

// The file whose path, or whose type, is `wanted`.  `attempt` begins errors: "show trades of p1".
// kNotFound: there is none; kInvalidArgument: several have this type: `by` says how one of them is
// named, "by its path".
Result<query::CatalogFile> find_artifact(std::span<const query::CatalogFile> files,
                                         std::string_view wanted, std::string_view attempt,
                                         std::string_view by);

// Whether the file can be opened; that its size is not what was recorded is said on standard error.
// kNotFound: there is no file; kIo: it cannot be looked at.
Status check_artifact(const query::CatalogFile& file, std::string_view attempt);

}  // namespace daybook::cli
