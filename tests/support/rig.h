// A rig: a program that tries a great many cases, each made from a seed, and can replay any one.
//
//     daybook_<name>_rig [--seed N] [--count N] [--case N] [--dir DIR]
//
// `tools/rig <name>` builds and runs it with the count that CI gives it, or `--soak`.  It ends with
// 0 (passed), 1 (failed), 2 (wrong arguments) or 77 (cannot be run on this machine).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::testing {

struct RigOptions {
    std::uint64_t seed = 0;               // drawn at random unless given
    std::uint64_t count = 0;              // cases to try
    std::optional<std::uint64_t> only{};  // --case: this one alone
    std::string dir{};                    // where files go; empty: a temporary directory
};

// Counts cases and failures, says now and then how far it is (on a terminal), and sums up.
class Rig {
public:
    static constexpr int kCannotRun = 77;

    // Reads the arguments; ends the process with 2 and a usage text if they are wrong.
    Rig(std::string name, int argc, char** argv, std::uint64_t default_count);

    const RigOptions& options() const { return options_; }

    // Whether to try case `number`: calls this once for every case, from 0 on, in order.
    bool begin_case(std::uint64_t number);
    // The case that was begun last has failed.  Prints what happened and the line that replays it.
    void fail(std::string_view what);
    // A figure for the summary: "kills", 5000.
    void note(std::string_view figure, std::uint64_t value);
    bool gives_up() const { return failures_ >= kFailuresMax; }

    // Prints the summary on one line and returns the exit code.
    int finish();
    // Prints why this machine cannot run it and returns kCannotRun.
    int cannot_run(std::string_view reason) const;

private:
    static constexpr std::uint64_t kFailuresMax = 10;

    std::string name_;
    RigOptions options_;
    std::uint64_t case_ = 0;
    std::uint64_t cases_ = 0;
    std::uint64_t failures_ = 0;
    std::string figures_;
    std::int64_t began_ns_ = 0;
    std::int64_t shown_ns_ = 0;
};

}  // namespace daybook::testing
