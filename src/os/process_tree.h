// A process and those that come from it, as they are found at one moment.
#pragma once

#include <cstdint>
#include <vector>

namespace daybook::os {

class ProcessTree {
public:
    // The process and its descendants.  One whose parent has ended is nobody's descendant any more,
    // and is not found.
    static ProcessTree of(std::int64_t pid);

    // Sends `signal` to those that are still there; a later process of the same number gets none.
    void send(int signal) const;
    // Whether one of them, `pid` itself apart, is still there.
    bool has_descendants_alive() const;
    std::size_t size() const { return members_.size(); }

private:
    struct Member {
        std::int64_t pid = 0;
        std::int64_t start_ticks = 0;
    };
    static bool is_there(const Member& member);

    std::vector<Member> members_;  // the root first
};

}  // namespace daybook::os
