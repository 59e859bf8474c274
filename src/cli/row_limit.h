// How many rows a listing prints: --limit.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "cli/context.h"
#include "cli/rows_target.h"

namespace daybook::cli {

struct RowLimit {
    static constexpr const char* kHelp = "At most so many; 0: all (tables 50, otherwise all)";

    // What --limit says; 0: all.
    std::optional<std::size_t> asked{};

    // nullopt: all.  Unless asked, what fits a look for people, and all for programs.
    std::optional<std::size_t> most(const Context& context) const;

    // Below a table that may have been cut without anybody asking: "(the best 50; --limit 0 shows
    // all)", where `which` is "best" and `count` the rows that were printed.
    void tell(Context& context, const RowsTarget& target, std::size_t count,
              std::string_view which) const;
};

}  // namespace daybook::cli
