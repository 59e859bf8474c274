// Programs that this one starts and waits for.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::os {

// A running program.  Destroyed while it still runs, it is killed and waited for: nothing is left
// behind by an early return.
class Child {
public:
    // Starts `argv` (argv[0] is looked for in PATH) with /dev/null as its standard input; what it
    // writes to standard output and error goes to the file `output_path`, which is made anew.
    static Result<Child> start(const std::vector<std::string>& argv,
                               const std::string& output_path);

    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    ~Child();

    // Its exit code (128 + the signal's number if one killed it), or nullopt while it runs.
    Result<std::optional<int>> poll();
    // Waits for its end and returns its exit code.
    Result<int> wait();
    // Asks it to stop, as Ctrl-C does.
    void interrupt();

private:
    explicit Child(pid_t pid) : pid_(pid) {}
    Result<std::optional<int>> wait_with(int flags);

    pid_t pid_ = -1;
    std::optional<int> exit_code_;
};

}  // namespace daybook::os
