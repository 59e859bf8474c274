#include "os/process_tree.h"

#include <signal.h>

#include <charconv>
#include <map>
#include <string>

#include "os/file.h"
#include "os/process_look.h"

namespace daybook::os {
namespace {

// The numbers of all processes that can be seen.
std::vector<std::int64_t> all_processes() {
    std::vector<std::int64_t> pids;
    for (const DirEntry& entry : list_dir("/proc").value_or(std::vector<DirEntry>())) {
        std::int64_t pid = 0;
        const char* const end = entry.name.data() + entry.name.size();
        const auto parsed = std::from_chars(entry.name.data(), end, pid);
        if (parsed.ec == std::errc() && parsed.ptr == end) pids.push_back(pid);
    }
    return pids;
}

}  // namespace

ProcessTree ProcessTree::of(std::int64_t pid) {
    std::multimap<std::int64_t, Member> by_parent;
    for (const std::int64_t found : all_processes()) {
        const ProcessLook look = look_at_process(found);
        if (look.start_ticks) by_parent.emplace(look.parent, Member{found, *look.start_ticks});
    }
    ProcessTree tree;
    const ProcessLook root = look_at_process(pid);
    if (!root.start_ticks) return tree;
    tree.members_.push_back({pid, *root.start_ticks});
    for (std::size_t i = 0; i < tree.members_.size(); ++i) {
        const auto [begin, end] = by_parent.equal_range(tree.members_[i].pid);
        for (auto child = begin; child != end; ++child) tree.members_.push_back(child->second);
    }
    return tree;
}

bool ProcessTree::is_there(const Member& member) {
    const ProcessLook look = look_at_process(member.pid);
    return look.exists && !look.ended && look.start_ticks == member.start_ticks;
}

void ProcessTree::send(int signal) const {
    for (const Member& member : members_) {
        if (is_there(member)) ::kill(static_cast<pid_t>(member.pid), signal);
    }
}

bool ProcessTree::has_descendants_alive() const {
    for (std::size_t i = 1; i < members_.size(); ++i) {
        if (is_there(members_[i])) return true;
    }
    return false;
}

}  // namespace daybook::os
