// What the processes do that the self-test starts: the same program, with `selftest --worker`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::selftest {

struct WorkerOrder {
    std::string mode;    // "storm" or "lock"
    std::string dir;     // storm: the ledger; lock: the file
    std::string name{};  // storm: the events are called NAME-1, NAME-2, …
};

// The command line that carries out `order`.
std::vector<std::string> worker_command(const std::string& program, const WorkerOrder& order);

// How many events a storm's worker records before it ends by itself: each lives but a moment.
inline constexpr std::uint32_t kWorkerEvents = 400;

// What a worker found that tried a lock; its exit code.
enum class LockSeen { kFree, kHeld, kFailed };
LockSeen lock_seen(int exit_code);

// Carries out `order`.  `acknowledged` is called with the number of each event that has been
// acknowledged; what it does with it must reach the starter even if this process is killed right
// behind it.  Returns the exit code.
Result<int> run_worker(const WorkerOrder& order,
                       const std::function<void(std::uint32_t)>& acknowledged);

}  // namespace daybook::selftest
