#include "capture/git_status.h"

#include <algorithm>

namespace daybook::capture {
namespace {

// The words of an entry: the path is the last one and may hold blanks, so it is what follows
// `blanks` of them.
std::string_view after_blanks(std::string_view entry, int blanks) {
    for (int i = 0; i < blanks; ++i) {
        const std::size_t blank = entry.find(' ');
        if (blank == std::string_view::npos) return {};
        entry.remove_prefix(blank + 1);
    }
    return entry;
}

std::string unless(std::string_view value, std::string_view none) {
    return value == none ? std::string() : std::string(value);
}

//     1 XY SUB mH mI mW hH hI PATH
//     u XY SUB m1 m2 m3 mW h1 h2 h3 PATH
// SUB is "N..." of a file and "S<c><m><u>" of a submodule.
void add_change(std::string_view entry, int blanks, GitStatus& status) {
    ++status.changes;
    if (after_blanks(entry, 2).starts_with('S')) {
        status.submodules.emplace_back(after_blanks(entry, blanks));
    }
}

}  // namespace

GitStatus parse_git_status(std::string_view text) {
    constexpr std::string_view kCommit = "# branch.oid ";
    constexpr std::string_view kBranch = "# branch.head ";
    GitStatus status;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        const std::string_view entry = text.substr(at, end - at);
        if (entry.starts_with(kCommit)) {
            status.commit = unless(entry.substr(kCommit.size()), "(initial)");
        } else if (entry.starts_with(kBranch)) {
            status.branch = unless(entry.substr(kBranch.size()), "(detached)");
        } else if (entry.starts_with("1 ")) {
            add_change(entry, 8, status);
        } else if (entry.starts_with("u ")) {
            add_change(entry, 10, status);
            status.has_conflicts = true;
        }
        at = end + 1;
    }
    return status;
}

}  // namespace daybook::capture
