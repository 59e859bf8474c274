// What `git status --porcelain=v2 --branch -z` prints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::capture {

struct GitStatus {
    std::string commit{};  // empty: there is none yet
    std::string branch{};  // empty: the head is detached
    std::uint64_t changes = 0;
    bool has_conflicts = false;
    std::vector<std::string> submodules{};  // that have changed
    bool operator==(const GitStatus&) const = default;
};

// What is of no kind that is known is passed over.
GitStatus parse_git_status(std::string_view text);

}  // namespace daybook::capture
