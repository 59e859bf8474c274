// A process and those that come from it, as they are found at one moment.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace daybook::os {

class ProcessTree {
public:
    // The process and its descendants.  One whose parent has ended is nobody's descendant any more,
    // and is not found.
    static ProcessTree of(std::int64_t pid);
    // The children of the calling thread and their descendants.  Where this process adopts orphans
    // (AdoptOrphans) and the thread is its first, those are among them.
    static ProcessTree below_this_thread();

    // Sends `signal` to those that are still there; a later process of the same number gets none.
    void send(int signal) const;
    // How many of them are still there.
    std::size_t alive() const;
    std::size_t size() const { return members_.size(); }

private:
    struct Member {
        std::int64_t pid = 0;
        std::int64_t start_ticks = 0;
    };
    using ByParent = std::multimap<std::int64_t, Member>;
    static ByParent all_by_parent();
    static bool is_there(const Member& member);
    void add_descendants(const ByParent& by_parent);

    std::vector<Member> members_;
};

// While it lives, processes whose parent ends become children of this process instead of init's: a
// descendant stays one.  Whoever holds it must wait for them.
class AdoptOrphans {
public:
    AdoptOrphans();
    ~AdoptOrphans();
    AdoptOrphans(const AdoptOrphans&) = delete;
    AdoptOrphans& operator=(const AdoptOrphans&) = delete;

private:
    int before_ = 0;
};

}  // namespace daybook::os
