#include "os/spawn_plan.h"

#include <fcntl.h>
#include <unistd.h>

namespace daybook::os {
namespace {

// What catch_interrupts() ignores.
void add_ignored_here(sigset_t& signals) {
    ::sigaddset(&signals, SIGPIPE);
    ::sigaddset(&signals, SIGXFSZ);
}

}  // namespace

SpawnPlan::SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t defaults;
    ::sigemptyset(&defaults);
    add_ignored_here(defaults);
    ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
    set_flag(POSIX_SPAWN_SETSIGDEF);
}

SpawnPlan::~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
}

void SpawnPlan::read_nothing() {
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
}

void SpawnPlan::write_to(int out, int err) {
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
}

void SpawnPlan::write_both_to(const std::string& path) {
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, path.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
}

void SpawnPlan::close_other_files() {
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
}

void SpawnPlan::run_in(const std::string& directory) {
    ::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
}

void SpawnPlan::reset_signals(const sigset_t& defaults) {
    sigset_t all = defaults;
    add_ignored_here(all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    set_flag(POSIX_SPAWN_SETSIGMASK);
}

void SpawnPlan::lead_a_group() {
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    set_flag(POSIX_SPAWN_SETPGROUP);
}

void SpawnPlan::set_flag(short flag) {
    short flags = 0;
    ::posix_spawnattr_getflags(&attributes_, &flags);
    ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags | flag));
}

}  // namespace daybook::os
