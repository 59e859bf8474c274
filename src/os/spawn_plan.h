// What a program starts with: its streams, its directory, and the signals as a shell leaves them.
#pragma once

#include <signal.h>
#include <spawn.h>

#include <string>

namespace daybook::os {

// For posix_spawn().  Each call adds to what the program does before it begins, in order; a call
// that finds no memory leaves its part out.
class SpawnPlan {
public:
    // Signals that this process ignores for reasons of its own have their default action there.
    SpawnPlan();
    ~SpawnPlan();
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    void read_nothing();  // /dev/null is its standard input
    void write_to(int out, int err);
    void write_both_to(const std::string& path);  // which is made anew
    void close_other_files();
    void run_in(const std::string& directory);
    // These have their default action, too, and no signal is blocked.
    void reset_signals(const sigset_t& defaults);
    void lead_a_group();

    const posix_spawn_file_actions_t* actions() const { return &actions_; }
    const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    void set_flag(short flag);

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

}  // namespace daybook::os
