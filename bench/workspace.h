// Where measurements write: a directory on a real file system, removed afterwards.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::bench {

struct Settings {
    std::string directory = "build/bench-data";
    int rounds = 7;
    // Scales how much each round does: 1 is what the figures are quoted for.
    double scale = 1;
    // Also what takes many minutes or many gigabytes.
    bool is_long = false;

    std::size_t scaled(std::size_t count) const {
        return std::max<std::size_t>(1,
                                     static_cast<std::size_t>(static_cast<double>(count) * scale));
    }
};

class Workspace {
public:
    // Makes `directory` anew.  kUnsupported: a file system in memory, which would measure nothing.
    static Result<Workspace> make(const Settings& settings);
    Workspace(Workspace&& other) noexcept : directory_(std::move(other.directory_)) {}
    Workspace& operator=(Workspace&&) = delete;
    // Removes the directory with all that is in it.
    ~Workspace();

    const std::string& directory() const { return directory_; }
    std::string path(std::string_view name) const;
    // A name for a fresh directory or file; whatever had it is removed, and its dirty pages with
    // it, so that no contender pays for another's.
    Result<std::string> fresh(std::string_view name) const;

private:
    explicit Workspace(std::string directory) : directory_(std::move(directory)) {}
    std::string directory_;
};

// What a program that was started and waited for has used.
struct ProcessUse {
    double seconds = 0;
    double peak_megabytes = 0;
};

// Runs `argv`, its standard input from `input_path` and its output to /dev/null.  An exit code
// other than 0 is an error.
Result<ProcessUse> run_process(const std::vector<std::string>& argv,
                               const std::string& input_path = "/dev/null");

// How a program has ended, and what it printed on standard output and standard error.
struct Ended {
    int code = 0;
    std::string output{};
};
Result<Ended> run_for_output(const Workspace& workspace, const std::vector<std::string>& argv);

// A program of this build, such as "daybook", by its path below the build directory.
std::string program(std::string_view path);

}  // namespace daybook::bench
