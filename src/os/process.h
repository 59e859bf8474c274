// This machine, this process, and others of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strong.h"

namespace daybook::os {

// What identifies a process for as long as the machine is up: who owns a run.
struct ProcessIdentity {
    std::string host;
    std::string machine_id;     // /etc/machine-id; empty if there is none
    std::string boot_id;        // another one after each boot
    std::string pid_namespace;  // "pid:[4026531836]": pids mean nothing outside it
    std::int64_t pid = 0;
    std::int64_t pid_start = 0;  // clock ticks from boot to the process's start
    bool operator==(const ProcessIdentity&) const = default;
};

ProcessIdentity this_process();

// Whether a process of this number is there, as seen from here: those of other machines, and of
// other pid namespaces, are not.
bool process_exists(std::int64_t pid);

std::string host_name();
std::string user_name();
// When the machine was booted.
TimestampMs boot_time();
// When this process was started, for people: "2026-01-23T09:15:00.250Z".
std::string process_start_iso8601();
// The working directory; empty if it has been removed.
std::string working_directory();
// `path` from the root on, for who may be elsewhere when it is used; links stay as they are.  As it
// is if the working directory has been removed: nothing can be reached by it.
std::string absolute_path(const std::string& path);
// The command line of this process, the program itself first, as the system knows it.
std::vector<std::string> command_line();
// The environment as it is now: name and value, in its order.  Another thread may not change it
// meanwhile.
std::vector<std::pair<std::string, std::string>> environment_variables();
// The running program's file.
std::string executable_path();
// Bytes of memory this process has had resident at most.
std::uint64_t peak_memory_bytes();
unsigned processor_count();
// What this process may use of the machine's memory: all of it, or what its control group allows.
std::uint64_t memory_bytes();

// Starts `argv` in a session of its own, its standard streams on /dev/null, and does not wait: it
// outlives this process and is nobody's zombie.
Status spawn_detached(const std::vector<std::string>& argv);

// Blocks all signals in the calling thread: for threads that a library starts, so that its host's
// handlers run on the host's own.
void block_signals();

// What runs around every fork() of this process from now on (pthread_atfork).
struct ForkHandlers {
    void (*prepare)();    // in the parent, before
    void (*in_parent)();  // in the parent, after
    void (*in_child)();   // in the child, before fork() returns there
};
// For ever: there is no way to take it back.
void at_fork(const ForkHandlers& handlers);

}  // namespace daybook::os
