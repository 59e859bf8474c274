// The state of the code in a directory: which commit, and what differs from it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "capture/settings.h"

namespace daybook::capture {

// A larger diff is not kept.
inline constexpr std::size_t kDiffBytesMax = std::size_t{1} << 20;
// Of more untracked files only the number is told.
inline constexpr std::size_t kUntrackedMax = 1000;
// How long gathering may take if nobody says otherwise.
inline constexpr std::int64_t kCodeStateMsMax = 10'000;

// Where the state is looked for, and how long.  Taken from the process when a run starts, so that
// what the program does to its environment and its directory meanwhile is not met halfway.
struct CodeQuestion {
    std::string directory{};
    Environment environment{};  // only what git needs of it is used
    bool diff = true;
    std::int64_t deadline_ns = 0;  // on the monotonic clock
    std::string ledger_dir{};      // what is in there is no code, tracked or not; empty: anywhere
    // Once another thread sets it, git is killed and asked no more.  May be null.
    const std::atomic<bool>* given_up = nullptr;
};

// The question as this process is now; `limit_ms` from now on.
CodeQuestion ask_about_code(const Settings& settings, std::int64_t limit_ms = kCodeStateMsMax,
                            const Clock& clock = system_clock());

struct CodeState {
    bool in_repository = false;  // there is one, whatever could be found out about it
    std::string root{};          // of the working tree
    std::string remote{};        // without secrets; empty: there is none
    std::string commit{};
    std::string branch{};  // empty: the head is detached
    std::optional<bool> dirty{};
    std::string diff{};  // for `git apply` onto the commit; empty: nothing differs, or see below
    std::vector<std::string> untracked{};  // relative to the root, the first of them
    std::uint64_t untracked_count = 0;
    std::vector<std::string> submodules{};  // that are not as the commit has them
    // What is missing, by the names that the fields have in events ("git_diff"), and why.
    std::vector<std::string> incomplete{};
    std::string reason{};
};

// Asks git, which changes nothing, waits for nobody, and runs none of the programs that a
// configuration may name for differences, texts, paging, passwords or file system events (clean
// filters, such as that of LFS, it does run: without them every filtered file would differ).
// Without a repository nothing is run at all.  Never fails: what cannot be had is in `incomplete`.
CodeState gather_code_state(const CodeQuestion& question, const Clock& clock = system_clock());

}  // namespace daybook::capture
