// Where named queries are: directories of *.sql files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/named_query.h"

namespace daybook::query {

// The directory of the queries that come with Daybook, found from the directory of the program:
// ../share/daybook/queries where it is installed, or further up in a build tree.
std::string shipped_queries(const std::string& program_directory);

// All queries of the directories, by name; of one name that of the first directory.  Directories
// that are not there have none.  An error names the file that cannot be understood.
Result<std::vector<NamedQuery>> list_queries(const std::vector<std::string>& directories);

// The query `name`, of the first directory that has it.  kNotFound: none has; the nearest name is
// told.
Result<NamedQuery> find_query(const std::vector<std::string>& directories, std::string_view name);

}  // namespace daybook::query
