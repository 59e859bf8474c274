#include "os/process_tree.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
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

ProcessTree::ByParent ProcessTree::all_by_parent() {
    ByParent by_parent;
    for (const std::int64_t found : all_processes()) {
        const ProcessLook look = look_at_process(found);
        if (look.start_ticks) by_parent.emplace(look.parent, Member{found, *look.start_ticks});
    }
    return by_parent;
}

void ProcessTree::add_descendants(const ByParent& by_parent) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const auto [begin, end] = by_parent.equal_range(members_[i].pid);
        for (auto child = begin; child != end; ++child) members_.push_back(child->second);
    }
}

ProcessTree ProcessTree::of(std::int64_t pid) {
    ProcessTree tree;
    const ByParent by_parent = all_by_parent();
    const ProcessLook root = look_at_process(pid);
    if (!root.start_ticks) return tree;
    tree.members_.push_back({pid, *root.start_ticks});
    tree.add_descendants(by_parent);
    return tree;
}

ProcessTree ProcessTree::below_this_thread() {
    ProcessTree tree;
    const ByParent by_parent = all_by_parent();
    const auto [begin, end] = by_parent.equal_range(::getpid());
    for (auto child = begin; child != end; ++child) {
        // Other threads have children of their own.  ECHILD: it is one of those.
        siginfo_t info{};
        const auto pid = static_cast<id_t>(child->second.pid);
        const bool is_ours =
            ::waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT | __WNOTHREAD) == 0;
        if (is_ours) tree.members_.push_back(child->second);
    }
    tree.add_descendants(by_parent);
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

std::size_t ProcessTree::alive() const {
    return static_cast<std::size_t>(std::count_if(members_.begin(), members_.end(), is_there));
}

AdoptOrphans::AdoptOrphans() {
    ::prctl(PR_GET_CHILD_SUBREAPER, &before_);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

AdoptOrphans::~AdoptOrphans() { ::prctl(PR_SET_CHILD_SUBREAPER, before_); }

}  // namespace daybook::os
